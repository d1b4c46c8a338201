/** The answer on its way back: inspected, decided on, restored, recorded, and only then sent. */
import { isUtf8 } from 'node:buffer';
import { createMasker, escapeForJson } from '#protection/index.ts';
import type { Finding } from '../shapes.ts';
import type { Operation } from './dialects/dialect.ts';
import { usageOf } from './dialects/read-event.ts';
import { coarsen, coarseningsOf } from './coarsen.ts';
import { dueFindings } from './due-findings.ts';
import type { Enforcement } from './enforcement.ts';
import type { House } from './house.ts';
import { ANSWER_LIMITS, scanJson } from './json/scan.ts';
import { judgeAnswer } from './judge-answer.ts';
import { partsOf, payloadsOf, splice, type PlacedPart, type Replacement } from './parts.ts';
import { lap, type Passage } from './passage.ts';
import { cannotMask, toAnswerRefusal } from './refusals.ts';
import { relay } from './relay.ts';
import { recordAndRefuse, recordEnd, requestIdOf, respond } from './respond.ts';
import { isHandle, sealing } from './stored-objects.ts';
import { UpstreamError } from './upstreams/errors.ts';
import { answerHeaders } from './upstreams/answer-headers.ts';
import { mediaType, type Answer } from './upstreams/receive.ts';
import type { AnswerHead, Upstream } from './upstreams/upstream.ts';

/** Never rejects. */
export async function deliver(house: House, enforcement: Enforcement, passage: Passage, answer: Answer): Promise<void> {
  try {
    checkHead(answer.head);
    passage.isTaken = answer.head.status === 200;
    if (answer.kind === 'stream') await relay(house, enforcement, passage, answer);
    else await deliverWhole(house, enforcement, passage, answer);
  } catch (error) {
    if (answer.kind === 'stream') answer.stream.abort();
    await recordAndRefuse(house, passage, error, toAnswerRefusal(error));
  }
}

/** @throws UpstreamError for what no caller could use: redirects, encodings that were not asked for, a credential that is refused */
function checkHead({ status, headers }: AnswerHead): void {
  const encoding = headers['content-encoding'];
  if (status === 401 || status === 403) throw new UpstreamError('upstream_credential_rejected');
  if (status < 200 || (status > 200 && status < 400)) throw new UpstreamError('upstream_invalid_response');
  if (encoding !== undefined && encoding !== 'identity') throw new UpstreamError('upstream_invalid_response');
}

async function deliverWhole(house: House, enforcement: Enforcement, passage: Passage, { head, body }: Answer & { kind: 'whole' }): Promise<void> {
  const upstream = passage.destination?.upstream as Upstream;
  passage.bytes.answer = body.length;
  if (!isUtf8(body)) throw new UpstreamError('upstream_invalid_response');
  const text = body.toString('utf8');
  if (head.status >= 400) return deliverRefusal(house, enforcement, passage, { head, text });
  if (mediaType(head) !== 'application/json' || passage.read?.stream === true || upstream.holdsCredential(text)) throw new UpstreamError('upstream_invalid_response');
  const guarded = coarsen(await guardWhole(enforcement, passage, text), coarseningsOf(passage));
  upstream.health.succeeded();
  lap(passage, 'answer');
  await recordEnd(house, passage, { outcome: 'answered', status: head.status });
  respond(passage, head.status, guarded, answerHeaders(head, upstream));
}

/**
 * @returns the answer with what was masked restored: the same text when nothing is to be changed
 * @throws PolicyRefusal, JsonError, AppError `cannot_mask`
 */
async function guardWhole(enforcement: Enforcement, passage: Passage, text: string): Promise<string> {
  const scanned = scanJson(text, ANSWER_LIMITS);
  if (scanned.containers[0]?.kind !== 'object') throw new UpstreamError('upstream_invalid_response');
  const { answerPaths, usage } = passage.read?.operation as Operation;
  const parts = partsOf(scanned, answerPaths);
  passage.usage = usageOf(scanned, usage);
  passage.answerParts = parts;
  passage.uninspected.answer = payloadsOf(parts);
  const findings = await enforcement.inspection.inspect(parts, 'answer', passage.principal?.applicationId ?? '');
  const decision = judgeAnswer(enforcement, passage, findings);
  const due = dueFindings(enforcement.inspection, decision, findings, 'answer');
  if (due.length === 0 && passage.masker === undefined && !parts.some(isHandle)) return text;
  const seal = sealing(enforcement, passage);
  const replacements = replaceParts(enforcement, passage, parts, due);
  for (const part of parts.filter(isHandle)) replacements.push({ part, text: seal(part.text) });
  replacements.sort((a, b) => a.part.start - b.part.start);
  return replacements.length === 0 ? text : splice(text, replacements);
}

/** What a mask would break: names of members, what is signed, and what names an object. */
const isFixed = (part: PlacedPart): boolean => part.kind === 'key' || part.traits?.isSigned === true || isHandle(part);

function replaceParts(enforcement: Enforcement, passage: Passage, parts: readonly PlacedPart[], due: readonly Finding[]): Replacement[] {
  const restorer = passage.masker?.restorer();
  if (restorer !== undefined) passage.restored = restorer.count;
  const spans = Map.groupBy(due, (finding) => finding.part);
  const masker = due.length === 0 ? undefined : createMasker({ key: enforcement.maskingKey(passage.principal?.applicationId ?? ''), conversation: passage.id, occupied: parts.map(({ text }) => text) });
  const replacements: Replacement[] = [];
  for (const part of parts) {
    const found = spans.get(part.index);
    if (isFixed(part)) {
      if (found !== undefined) throw cannotMask();
      continue;
    }
    const masked = found === undefined || masker === undefined ? part.text : masker.mask(part.text, found);
    const text = restorer === undefined || part.isNumber ? masked : restorer.restore(masked, part.traits?.holdsJson === true ? escapeForJson : undefined);
    if (text !== part.text) replacements.push({ part, text });
  }
  return replacements;
}

/** The upstream's own refusal: its status and the words of its error, unless something is found in them. */
async function deliverRefusal(house: House, enforcement: Enforcement, passage: Passage, { head, text }: { head: AnswerHead; text: string }): Promise<void> {
  const upstream = passage.destination?.upstream as Upstream;
  const { dialect } = passage.route;
  const refusal = dialect.readRefusal(text);
  const words = refusal === undefined ? '' : Object.values(refusal).join('\n');
  const isSafe = refusal !== undefined && !upstream.holdsCredential(words) && enforcement.inspection.inspector.inspect(words).length === 0;
  const body = isSafe
    ? dialect.refusalBody({ ...refusal, message: passage.masker?.restorer().restore(refusal.message) ?? refusal.message }, requestIdOf(passage))
    : dialect.errorBody({ status: head.status, code: 'upstream_refused', message: `The upstream refused the call with status ${head.status}.` }, requestIdOf(passage));
  if (head.status >= 500) upstream.health.failed(`upstream_status_${head.status}`);
  else upstream.health.succeeded();
  lap(passage, 'answer');
  await recordEnd(house, passage, { outcome: 'failed', status: head.status, error: `upstream_status_${head.status}` });
  respond(passage, head.status, body, answerHeaders(head, upstream));
}

/** The way of one exchange (DESIGN: "The way of one exchange"). Each line is a step; any of them may refuse. */
import { AppError, notFound, unauthorised } from '#platform/errors.ts';
import { createMasker } from '#protection/index.ts';
import { chooseUpstream, modelNotFound } from './choose-upstream.ts';
import { deliver } from './deliver.ts';
import type { Operation } from './dialects/dialect.ts';
import { readRequest } from './dialects/read-request.ts';
import { dispatch } from './dispatch.ts';
import { dueFindings } from './due-findings.ts';
import type { Enforcement } from './enforcement.ts';
import type { House } from './house.ts';
import { payloadsOf, splice, type Replacement } from './parts.ts';
import { lap, type Passage, type ReadRequest } from './passage.ts';
import { decodeBody, readBody } from './read-body.ts';
import { cannotMask } from './refusals.ts';
import { takeCallersWords } from './record.ts';
import { openHandles, storedAt } from './stored-objects.ts';
import { recordAndRefuse, recordEnd, respond } from './respond.ts';
import { callerHeaders } from './upstreams/caller-headers.ts';
import type { Destination } from './upstreams/directory.ts';
import type { Finding, Principal } from '../shapes.ts';

/** Never rejects: whatever goes wrong is a refusal that the caller and the record are told. */
export async function handleExchange(house: House, passage: Passage): Promise<void> {
  try {
    const enforcement = identify(house, passage);
    await admit(house, enforcement, passage);
    const { operation } = passage.route;
    if (typeof operation === 'string') return await listModels(house, enforcement, passage);
    const request = await read(house, enforcement, passage, operation);
    await inspect(enforcement, passage, request);
    decide(enforcement, passage, request);
    const body = transform(enforcement, passage, request);
    const answer = await dispatch(house, passage, request, {
      body,
      headersFor: ({ upstream }) => callerHeaders(upstream.callerHeaders, passage.request.headers, enforcement.inspection.inspector),
      fallBack: () => (chooseNext(enforcement, passage, request) ? transform(enforcement, passage, request) : undefined),
    });
    // Inspects the answer, restores what was masked, and records how it ended before the last byte goes out.
    await deliver(house, enforcement, passage, answer);
  } catch (error) {
    await recordAndRefuse(house, passage, error);
  }
}

/** @throws AppError `invalid_api_key` (401), `not_found` (404), or that there is nothing to enforce (503) */
function identify(house: House, passage: Passage): Enforcement {
  const enforcement = house.enforcement();
  passage.versions = enforcement.versions;
  takeCallersWords(passage, enforcement.inspection.inspector);
  const secret = keyOf(passage.request.headers);
  const principal = secret === undefined ? undefined : enforcement.keyring.identify(secret);
  if (principal === undefined) throw unauthorised('invalid_api_key', 'The API key is missing, unknown, expired or revoked.');
  passage.principal = principal;
  lap(passage, 'identify');
  return enforcement;
}

/** Longer ones are no keys; hashing them would be work for nothing. */
const KEY_MAX = 512;
const BEARER = /^Bearer +(\S+) *$/i;

/** The key as the client libraries send it; never from the query, which ends up in logs. */
function keyOf(headers: Passage['request']['headers']): string | undefined {
  const bearer = headers.authorization;
  const key = bearer === undefined ? (headers['x-api-key'] ?? headers['x-goog-api-key']) : bearer.length > KEY_MAX ? undefined : BEARER.exec(bearer)?.[1];
  return typeof key === 'string' && key.length <= KEY_MAX ? key : undefined;
}

/** @throws AppError `overloaded` (503), `not_found` (404); LimitRefusal */
async function admit(house: House, { limits }: Enforcement, passage: Passage): Promise<void> {
  if (house.inFlight() > house.limits.inFlight) throw new AppError(503, 'overloaded', 'The gateway has too many calls under way. Try again shortly.');
  if (passage.route.operation === 'unknown') throw notFound('This route');
  passage.meter = house.limiter.meter(limits, passage.principal as Principal, passage.id);
  await passage.meter.admit();
  lap(passage, 'admit');
}

async function listModels(house: House, { directory }: Enforcement, passage: Passage): Promise<void> {
  const wanted = passage.route.operation === 'show_model' ? decodeURIComponentOr(passage.path.slice(passage.route.path.length - 1)) : undefined;
  const model = directory.models.find(({ id }) => id === wanted);
  if (wanted !== undefined && model === undefined) throw modelNotFound();
  const { dialect } = passage.route;
  const body = model === undefined ? dialect.modelListBody(directory.models) : dialect.modelBody(model);
  await recordEnd(house, passage, { outcome: 'answered', status: 200 });
  respond(passage, 200, body);
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @throws AppError or JsonError when the body cannot be read as a call of this API, `model_not_found` (404) */
async function read(house: House, { directory, handles }: Enforcement, passage: Passage, operation: Operation): Promise<ReadRequest> {
  const bytes = await readBody(passage.request, house.limits.requestBytes);
  passage.bytes.request = bytes.length;
  const body = decodeBody(bytes);
  const request: ReadRequest = { ...readRequest(body, operation), operation, body, bytes };
  passage.read = request;
  passage.stored = openHandles(() => handles(passage.principal?.applicationId ?? ''), request.parts);
  passage.ways = storedAt(passage.stored, directory.candidates(request.model, operation.api));
  lap(passage, 'read');
  return request;
}

async function inspect({ inspection }: Enforcement, passage: Passage, { parts }: ReadRequest): Promise<void> {
  passage.uninspected.request = payloadsOf(parts);
  passage.findings = await inspection.inspect(parts, 'request', passage.principal?.applicationId ?? '');
  lap(passage, 'inspect');
}

/** @throws PolicyRefusal, UpstreamError when all upstreams are closed, AppError `model_not_found` (404) */
function decide(enforcement: Enforcement, passage: Passage, request: ReadRequest): void {
  const { destination, decision, refusal } = chooseUpstream(enforcement, passage, request);
  passage.destination = destination;
  passage.decisions.request = decision;
  if (refusal !== undefined) throw refusal;
  lap(passage, 'decide');
}

/** @returns whether there is another upstream to try; without one all stays as it was */
function chooseNext(enforcement: Enforcement, passage: Passage, request: ReadRequest): boolean {
  const { destination, decision, refusal } = chooseUpstream(enforcement, passage, request);
  if (refusal !== undefined) return false;
  passage.destination = destination;
  passage.decisions.request = decision;
  return true;
}

/**
 * @returns the body to send: the caller's own bytes when nothing is to be changed
 * @throws AppError `cannot_mask` (400)
 */
function transform(enforcement: Enforcement, passage: Passage, request: ReadRequest): string | Buffer {
  const decision = passage.decisions.request;
  const due = decision === undefined ? [] : dueFindings(enforcement.inspection, decision, passage.findings, 'request');
  passage.masker = undefined;
  passage.masked = 0;
  const replacements = due.length === 0 ? [] : maskParts(enforcement, passage, request, due);
  const { model } = passage.destination as Destination;
  if (model !== request.model && request.modelPart !== undefined) replacements.push({ part: request.modelPart, text: model });
  replacements.push(...(passage.stored?.ids ?? []));
  replacements.sort((a, b) => a.part.start - b.part.start);
  const body = replacements.length === 0 ? request.bytes : splice(request.body, replacements);
  lap(passage, 'transform');
  return body;
}

function maskParts(enforcement: Enforcement, passage: Passage, { parts, modelPart }: ReadRequest, due: readonly Finding[]): Replacement[] {
  const spans = Map.groupBy(due, (finding) => finding.part);
  const masker = createMasker({
    key: enforcement.maskingKey(passage.principal?.applicationId ?? ''),
    conversation: parts.find(({ role, kind }) => role === 'user' && kind === 'value')?.text ?? '',
    occupied: parts.map(({ text }) => text),
  });
  passage.masker = masker;
  const replacements: Replacement[] = [];
  for (const [index, found] of spans) {
    const part = parts[index];
    if (part === undefined || part.kind === 'key' || part === modelPart || part.traits?.isSigned === true) throw cannotMask();
    replacements.push({ part, text: masker.mask(part.text, found) });
  }
  passage.masked = masker.replaced;
  return replacements;
}

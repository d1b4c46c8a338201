/** A streamed answer from upstream to caller: guarded event by event, with backpressure, recorded before its last byte. */
import { createMasker } from '#protection/index.ts';
import type { Match } from '#inspection/index.ts';
import type { Finding } from '../shapes.ts';
import { coarsen, coarseningsOf } from './coarsen.ts';
import { dueFindings } from './due-findings.ts';
import type { Operation } from './dialects/dialect.ts';
import type { Enforcement } from './enforcement.ts';
import type { House } from './house.ts';
import { toFinding } from './inspect-parts.ts';
import { judgeAnswer } from './judge-answer.ts';
import { lap, type Passage } from './passage.ts';
import { headersOf, recordEnd } from './respond.ts';
import { sealing } from './stored-objects.ts';
import { createAnswerStream, type AnswerStream, type StreamedText } from './streaming/answer-stream.ts';
import { answerHeaders } from './upstreams/answer-headers.ts';
import { UpstreamError } from './upstreams/errors.ts';
import { CallerGone, type Answer, type AnswerStream as UpstreamStream } from './upstreams/receive.ts';
import type { AnswerHead, Upstream } from './upstreams/upstream.ts';

/**
 * Settles when the caller has all of the answer.
 * @throws whatever breaks it off; what went out before stays out
 */
export async function relay(house: House, enforcement: Enforcement, passage: Passage, { head, stream }: Answer & { kind: 'stream' }): Promise<void> {
  const upstream = passage.destination?.upstream as Upstream;
  judgeAnswer(enforcement, passage, []);
  const guard = guardStream(house, enforcement, passage);
  const last = await pump({ house, passage, head, upstream, stream, guard });
  upstream.health.succeeded();
  passage.usage = guard.usage;
  lap(passage, 'answer');
  const { response } = passage;
  begin(passage, head, upstream);
  const closing = guard.hasFailed ? ({ outcome: 'failed', error: 'upstream_error' } as const) : ({ outcome: 'answered' } as const);
  await recordEnd(house, passage, { ...closing, status: response.statusCode });
  response.end(last);
}

interface Pumping {
  readonly house: House;
  readonly passage: Passage;
  readonly head: AnswerHead;
  readonly upstream: Upstream;
  readonly stream: UpstreamStream;
  readonly guard: AnswerStream;
}

/** Sends all but the last events. @returns the last ones */
function pump({ house, passage, head, upstream, stream, guard }: Pumping): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { response } = passage;
  let waiting: Buffer[] = [];
  let over = false;
  let tail = '';

  const fail = (error: unknown): void => {
    over = true;
    reject(error as Error);
  };
  const send = (text: string): void => {
    if (upstream.holdsCredential(tail + text)) throw new UpstreamError('upstream_invalid_response');
    tail = text.slice(-TAIL_CHARS);
    if (guard.isDone) {
      over = true;
      resolve(text);
      return;
    }
    if (text === '') return;
    begin(passage, head, upstream);
    if (!response.write(text)) {
      stream.pause();
      response.once('drain', () => stream.resume());
    }
  };
  /** Chunks that came in together are read together and sent with one write. */
  const flush = (): void => {
    if (over || waiting.length === 0) return;
    const chunk = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting);
    waiting = [];
    passage.bytes.answer += chunk.length;
    try {
      if (passage.bytes.answer > house.limits.streamBytes) throw new UpstreamError('upstream_response_too_large');
      const events = guard.push(chunk);
      passage.meter?.grew(guard.textChars);
      send(events);
    } catch (error) {
      fail(error);
    }
  };
  const finish = (): void => {
    flush();
    if (over) return;
    try {
      send(guard.end());
      if (!guard.isDone) fail(new UpstreamError('upstream_interrupted'));
    } catch (error) {
      fail(error);
    }
  };
  passage.onAbort = () => {
    stream.abort();
    fail(new CallerGone());
  };
  if (passage.isAborted) passage.onAbort();
  stream.into({
    data: (chunk) => {
      // What comes after the end is not read: its sender may never stop.
      if (over) stream.abort();
      else if (waiting.push(chunk) === 1) process.nextTick(flush);
    },
    end: finish,
    failed: (error) => {
      flush();
      if (!over) fail(error);
    },
  });
  return promise;
}

/** Enough to see a credential that is cut by two writes. */
const TAIL_CHARS = 512;

/** The head goes out with the first event, so that what is refused before it gets a status of its own. */
function begin(passage: Passage, head: AnswerHead, upstream: Upstream): void {
  if (passage.response.headersSent) return;
  passage.response.writeHead(200, [...headersOf(passage, 'text/event-stream; charset=utf-8', 'window'), ...answerHeaders(head, upstream)]);
}

function guardStream(house: House, enforcement: Enforcement, passage: Passage): AnswerStream {
  const restorer = passage.masker?.restorer();
  if (restorer !== undefined) passage.restored = restorer.count;
  const known = new Map<string, Finding>();
  const places: StreamedText[] = [];
  passage.answerParts = places;
  const partOf = (place: StreamedText): number => {
    const known = places.findIndex(({ role, trust }) => role === place.role && trust === place.trust);
    return known === -1 ? places.push({ role: place.role, trust: place.trust }) - 1 : known;
  };
  return createAnswerStream({
    operation: passage.read?.operation as Operation,
    inspector: enforcement.inspection.inspector,
    restorer,
    limits: house.limits.stream,
    judge: (matches, place, isRepeat) => {
      const part = partOf(place);
      const found = matches.map((match) => toFinding(match, part, 'answer'));
      const fresh = found.filter((finding) => isFresh(finding, known, isRepeat ? undefined : passage.repeats));
      const decision = fresh.length > 0 || passage.decisions.answer === undefined ? judgeAnswer(enforcement, passage, fresh) : passage.decisions.answer;
      const due = new Set(dueFindings(enforcement.inspection, decision, found, 'answer'));
      return matches.filter((_match, index) => due.has(found[index] as Finding));
    },
    mask: createMask(enforcement, passage),
    coarsen: (data) => coarsen(data, coarseningsOf(passage)),
    seal: sealing(enforcement, passage),
    pass: (payload) => {
      passage.uninspected.answer = new Set([...passage.uninspected.answer, payload]);
      judgeAnswer(enforcement, passage, []);
    },
  });
}

/**
 * Whether nothing like it was found before in this stream; policy has then to be asked anew.
 * @param repeats where it is counted; absent for a text that repeats what streamed before
 */
function isFresh(finding: Finding, known: Map<string, Finding>, repeats: Map<Finding, number> | undefined): boolean {
  const key = `${finding.part} ${finding.confidence} ${finding.detector}`;
  const first = known.get(key);
  if (first === undefined) known.set(key, finding);
  else repeats?.set(first, (repeats.get(first) ?? 0) + 1);
  return first === undefined;
}

function createMask(enforcement: Enforcement, passage: Passage): (text: string, match: Match) => string {
  let masker: ReturnType<typeof createMasker> | undefined;
  return (text, { kind }) => {
    masker ??= createMasker({ key: enforcement.maskingKey(passage.principal?.applicationId ?? ''), conversation: passage.id, occupied: [] });
    return masker.mask(text, [{ start: 0, end: text.length, kind }]);
  };
}

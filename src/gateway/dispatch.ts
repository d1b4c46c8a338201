/** Sends an exchange to its upstream, again when that is worth while, and to the next one that may have it when it fails. */
import type { House } from './house.ts';
import { lap, type Passage, type ReadRequest } from './passage.ts';
import { openedRecord } from './record.ts';
import type { Destination } from './upstreams/directory.ts';
import { UpstreamError } from './upstreams/errors.ts';
import { CallerGone, receive, type Answer } from './upstreams/receive.ts';
import { failureOf, retryDelayMs } from './upstreams/retry.ts';

export interface Sending {
  readonly body: string | Buffer;
  /** The caller's headers that go on, for an upstream. */
  readonly headersFor: (destination: Destination) => readonly string[];
  /** Chooses the next upstream. @returns the body for it; `undefined` when there is none */
  readonly fallBack: () => string | Buffer | undefined;
}

/** Of one exchange, over all upstreams. */
const ATTEMPTS_MAX = 8;

/**
 * Nothing has gone to the caller yet, so that a failure can be hidden from it. The last upstream's failure is the exchange's.
 *
 * @throws UpstreamError, CallerGone, LimitRefusal, AppError `spool_full` (503), `header_refused` (400)
 */
export async function dispatch(house: House, passage: Passage, request: ReadRequest, { body: first, headersFor, fallBack }: Sending): Promise<Answer> {
  await reserve(passage, request, first);
  const written = house.records.open(openedRecord(passage));
  if (written !== undefined) await written;
  const begun = performance.now();
  let body = first;
  for (let sent = 1, toThis = 1; ; sent++, toThis++) {
    const at = performance.now();
    const { upstream } = passage.destination as Destination;
    const outcome = await attempt(house, passage, request, { body, headers: headersFor(passage.destination as Destination) });
    const failure = failureOf(outcome);
    passage.attempts.push({ upstream: upstream.entry.name, code: failure?.code ?? endOf(outcome), ms: Math.round(performance.now() - at) });
    if (failure === undefined || sent === ATTEMPTS_MAX || at - begun > upstream.entry.timeouts.totalMs) return take(passage, outcome);
    const waitMs = toThis < (upstream.entry.attempts ?? 1) ? retryDelayMs(failure, toThis, house.random) : undefined;
    if (waitMs !== undefined) await pause(passage, waitMs);
    else {
      const next = fallBack();
      if (next === undefined) return take(passage, outcome);
      body = next;
      toThis = 0;
    }
    upstream.health.failed(failure.code);
    if ('answer' in outcome && outcome.answer.kind === 'stream') outcome.answer.stream.abort();
  }
}

/**
 * Once for an exchange: all upstreams that serve it have the model under the same name, and so at the same price.
 * @throws LimitRefusal
 */
async function reserve({ meter, destination }: Passage, { stream, outputTokensMax }: ReadRequest, body: string | Buffer): Promise<void> {
  await meter?.reserve({ model: (destination as Destination).model, stream, requestBytes: Buffer.byteLength(body), outputTokensMax });
}

type AttemptOutcome = { readonly answer: Answer } | { readonly error: UpstreamError };

/** @throws CallerGone */
async function attempt(house: House, passage: Passage, { stream }: ReadRequest, { body, headers }: { body: string | Buffer; headers: readonly string[] }): Promise<AttemptOutcome> {
  const { upstream, model } = passage.destination as Destination;
  const receiving = receive(upstream, { api: passage.route.api, model, body, stream, headers }, house.limits.answerBytes);
  passage.onAbort = receiving.abort;
  if (passage.isAborted) receiving.abort();
  try {
    return { answer: await receiving.answer };
  } catch (error) {
    if (error instanceof UpstreamError) return { error };
    throw error;
  }
}

const endOf = (outcome: AttemptOutcome): string => ('error' in outcome ? outcome.error.code : 'answered');

function take(passage: Passage, outcome: AttemptOutcome): Answer {
  if ('error' in outcome) throw outcome.error;
  lap(passage, 'dispatch');
  return outcome.answer;
}

/** @throws CallerGone */
function pause(passage: Passage, ms: number): Promise<void> {
  if (passage.isAborted) throw new CallerGone();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    passage.onAbort = () => {
      clearTimeout(timer);
      reject(new CallerGone());
    };
  });
}

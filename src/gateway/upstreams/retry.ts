/** Which failures of an upstream may be tried again, and when. */
import type { UpstreamError } from './errors.ts';
import type { Answer } from './receive.ts';
import type { AnswerHead } from './upstream.ts';

export interface Failure {
  /** As in records: `upstream_unreachable`, `upstream_status_503`. */
  readonly code: string;
  /** Whether the same upstream may do better the next time; another one always may. */
  readonly isPassing: boolean;
  /** How long the upstream asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** What passes by itself. A time-out is not among them: who waited once for nothing does not wait again. */
const PASSING_ERRORS: ReadonlySet<string> = new Set(['upstream_unreachable', 'upstream_interrupted', 'upstream_circuit_open', 'upstream_saturated']);
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504, 529]);

/** What another upstream would make no better, or what hangs on the question rather than on the upstream. */
const FINAL_ERRORS: ReadonlySet<string> = new Set(['upstream_response_too_large', 'upstream_invalid_response', 'upstream_error']);

/** @returns `undefined` for an answer, also one that refuses the caller for its own fault, and for a failure that is the exchange's */
export function failureOf(outcome: { readonly answer: Answer } | { readonly error: UpstreamError }): Failure | undefined {
  if ('error' in outcome) {
    const { code } = outcome.error;
    return FINAL_ERRORS.has(code) ? undefined : { code, isPassing: PASSING_ERRORS.has(code), retryAfterMs: undefined };
  }
  const { head } = outcome.answer;
  const isFailure = head.status >= 500 || head.status === 401 || head.status === 403 || PASSING_STATUSES.has(head.status);
  return isFailure ? { code: `upstream_status_${head.status}`, isPassing: PASSING_STATUSES.has(head.status), retryAfterMs: retryAfterMs(head) } : undefined;
}

/** Whoever calls waits meanwhile, and its own library retries as well. */
const WAIT_MS_MAX = 2_000;
const BACKOFF_MS_FIRST = 100;

/**
 * When to send to the same upstream again: as it asks, else after a time that doubles, drawn between nothing and all of it ("full
 * jitter", Brooker, Exponential backoff and jitter, 2015).
 *
 * @param sent how often it was sent to this upstream
 * @param random 0 to below 1
 * @returns milliseconds; `undefined` when it should not be sent there again
 */
export function retryDelayMs({ isPassing, retryAfterMs: asked }: Failure, sent: number, random: () => number): number | undefined {
  if (!isPassing) return undefined;
  if (asked === undefined) return Math.min(WAIT_MS_MAX, BACKOFF_MS_FIRST * 2 ** (sent - 1)) * random();
  return asked <= WAIT_MS_MAX ? asked : undefined;
}

/** RFC 9110, section 10.2.3, in seconds, or the finer header of the providers. A date is not read: clocks differ. */
function retryAfterMs({ headers }: AnswerHead): number | undefined {
  const fine = numberIn(headers['retry-after-ms']);
  const coarse = numberIn(headers['retry-after']);
  return fine ?? (coarse === undefined ? undefined : coarse * 1_000);
}

const numberIn = (value: string | string[] | undefined): number | undefined => (typeof value === 'string' && /^\d{1,7}(?:\.\d{1,3})?$/.test(value) ? Number(value) : undefined);

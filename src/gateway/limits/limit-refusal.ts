/** What a caller is told when a limit stops a call. */
import { AppError } from '#platform/errors.ts';

/** Client libraries wait for what a `retry-after` says only up to here; beyond it they try again at once, for nothing. */
const RETRY_MAX_MS = 60_000;

const STATUS = { rate_limit_exceeded: 429, concurrency_limit_exceeded: 429, budget_exceeded: 403, price_unknown: 403, budget_unavailable: 503 } as const;

export type LimitCode = keyof typeof STATUS;

/** Refused by a limit. The message names the limit, never what was sent. */
export class LimitRefusal extends AppError {
  /** Name and value in turn. */
  readonly headers: readonly string[];

  /** @param retryMs when it may be tried again; absent when waiting is no help */
  constructor(code: LimitCode, message: string, retryMs?: number) {
    super(STATUS[code], code, message);
    this.name = 'LimitRefusal';
    this.headers = retryHeaders(retryMs);
  }
}

/** Read by the client libraries of OpenAI and Anthropic (`retry-after-ms`, `x-should-retry`) and by everyone else (RFC 9110, 10.2.3). */
function retryHeaders(retryMs: number | undefined): string[] {
  if (retryMs === undefined) return ['x-should-retry', 'false'];
  const after = ['retry-after', String(Math.ceil(retryMs / 1_000))];
  return retryMs > RETRY_MAX_MS ? ['x-should-retry', 'false', ...after] : ['retry-after-ms', String(Math.ceil(retryMs)), ...after];
}

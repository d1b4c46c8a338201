import type { AnswerHead, Upstream } from './upstream.ts';

/** Headers of an upstream that callers' libraries act on. All others stay here: cookies, servers' names, organisations, ids. */
const LET_THROUGH = [
  'openai-processing-ms', 'retry-after', 'retry-after-ms', 'x-should-retry', 'x-ratelimit-limit-requests', 'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-requests', 'x-ratelimit-reset-tokens',
] as const;

/** Numbers, times and booleans, which is all that these headers say. */
const VALUE = /^[\w.,:+\- ]{1,64}$/;

/** @returns name and value in turn */
export function answerHeaders({ headers }: AnswerHead, upstream: Upstream): string[] {
  const list: string[] = [];
  for (const name of LET_THROUGH) {
    const value = headers[name];
    if (typeof value === 'string' && VALUE.test(value) && !upstream.holdsCredential(value)) list.push(name, value);
  }
  return list;
}

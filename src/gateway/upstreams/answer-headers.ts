import type { AnswerHead, Upstream } from './upstream.ts';

/** Numbers, times and booleans, which is all that these headers say. */
const VALUE = /^[\w.,:+\- ]{1,64}$/;

/** @returns name and value in turn */
export function answerHeaders({ headers }: AnswerHead, upstream: Upstream): string[] {
  const list: string[] = [];
  for (const name of upstream.answerHeaders) {
    const value = headers[name];
    if (typeof value === 'string' && VALUE.test(value) && !upstream.holdsCredential(value)) list.push(name, value);
  }
  return list;
}

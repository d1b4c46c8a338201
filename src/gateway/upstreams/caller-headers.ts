import type { IncomingHttpHeaders } from 'node:http';
import type { Inspector } from '#inspection/index.ts';
import { invalid } from '#platform/errors.ts';
import type { CallerHeader } from './providers/provider.ts';

/**
 * The caller's headers that go on to an upstream. They are words of the caller like any others, and short of room to mask in.
 *
 * @returns name and value in turn
 * @throws AppError `header_refused` (400)
 */
export function callerHeaders(wanted: readonly CallerHeader[], sent: IncomingHttpHeaders, inspector: Pick<Inspector, 'inspect'>): string[] {
  const list: string[] = [];
  for (const { name, value, otherwise } of wanted) {
    const own = sent[name];
    if (own === undefined && otherwise !== undefined) list.push(name, otherwise);
    if (own === undefined) continue;
    if (typeof own !== 'string' || !value.test(own) || inspector.inspect(own).length > 0) throw invalid('header_refused', `The header ${name} cannot be sent on: it does not hold what belongs there.`);
    list.push(name, own);
  }
  return list;
}

/** Limits in words. Pure. */
import type { Limit } from '../api/types.ts';
import { formatCount, formatMoney } from '../kit/format.ts';

const MICRO = 1_000_000;

/** `60 requests a minute`, `€500.00 a month`, `4 calls at a time`. */
export function describeLimit(limit: Limit): string {
  if (limit.measure === 'concurrency') return `${formatCount(limit.amount)} ${limit.amount === 1 ? 'call' : 'calls'} at a time`;
  return `${describeAmount(limit, limit.amount)} ${limit.period === 'hour' ? 'an' : 'a'} ${limit.period ?? ''}`;
}

/** An amount in the limit's own measure. */
export function describeAmount({ measure, currency }: Limit, amount: number): string {
  if (measure === 'money') return formatMoney({ microUnits: amount, currency: currency ?? 'USD' });
  return `${formatCount(amount)} ${amount === 1 ? measure.slice(0, -1) : measure}`;
}

export const isBudget = ({ period }: Pick<Limit, 'period'>): boolean => period === 'day' || period === 'month';

/** What people type, in units of the currency for money, as the API counts it. @returns undefined when it cannot be */
export function unitsOf(amount: number | string, measure: Limit['measure']): number | undefined {
  const units = measure === 'money' ? Math.round(Number(amount) * MICRO) : Number(amount);
  return Number.isSafeInteger(units) && units > 0 ? units : undefined;
}

/** The other way round. */
export const amountOf = ({ amount, measure }: Limit): number => (measure === 'money' ? amount / MICRO : amount);

/** Whom it binds. @param nameOf the name of an application, where it is known */
export function describeScope({ scope, subject }: Limit, nameOf: (id: string) => string | undefined): string {
  if (subject !== null) return nameOf(subject) ?? subject;
  return scope === 'installation' ? 'All callers together' : `Each ${scope} by itself`;
}

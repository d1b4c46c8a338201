import { describe, expect, it } from 'vitest';
import type { Limit } from '../api/types.ts';
import { amountOf, describeAmount, describeLimit, describeScope, unitsOf } from './limit-words.ts';

const limit = (changes: Partial<Limit>): Limit => ({
  id: 'lim_1', name: 'l', scope: 'installation', subject: null, measure: 'requests', amount: 60, period: 'minute', currency: null, unknownPrice: 'refuse', createdAt: '', spending: [], ...changes,
});
const money = limit({ measure: 'money', amount: 12_500_000, period: 'month', currency: 'USD' });

describe('limits in words', () => {
  it('says what is allowed', () => {
    expect(describeLimit(limit({}))).toBe('60 requests a minute');
    expect(describeLimit(limit({ amount: 1, period: 'hour' }))).toBe('1 request an hour');
    expect(describeLimit(money)).toBe('$12.50 a month');
    expect(describeLimit(limit({ measure: 'concurrency', amount: 1, period: null }))).toBe('1 call at a time');
    expect(describeAmount(money, 23)).toBe('$0.000023');
  });

  it('says whom it binds', () => {
    expect(describeScope(limit({}), () => undefined)).toBe('All callers together');
    expect(describeScope(limit({ scope: 'key' }), () => undefined)).toBe('Each key by itself');
    expect(describeScope(limit({ scope: 'application', subject: 'app_1' }), () => 'billing')).toBe('billing');
    expect(describeScope(limit({ scope: 'application', subject: 'app_1' }), () => undefined)).toBe('app_1');
  });

  it('takes money in units of its currency, and everything else whole', () => {
    expect(unitsOf('12.5', 'money')).toBe(12_500_000);
    expect(unitsOf(0.1 + 0.2, 'money')).toBe(300_000);
    expect(unitsOf(1.5, 'requests')).toBeUndefined();
    expect(unitsOf('', 'tokens')).toBeUndefined();
    expect(amountOf(money)).toBe(12.5);
  });
});

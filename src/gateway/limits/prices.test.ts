import { describe, expect, it } from 'vitest';
import { readPrices } from '../limits-admin/read-prices.ts';
import { costOf, createPriceTable } from './prices.ts';

const price = (model: string, input: number, output = input) => ({ model, currency: 'USD', input, output });

describe('prices', () => {
  it('prefers the whole name, then the longest beginning', () => {
    const priceOf = createPriceTable([price('a*', 1), price('a-b*', 2), price('a-b', 3)]);
    expect([priceOf('a'), priceOf('a-c'), priceOf('a-b-2026'), priceOf('a-b'), priceOf('b')].map((found) => found?.input)).toEqual([1, 1, 2, 3, undefined]);
  });

  it('costs whole micro-units, rounded up', () => {
    expect(costOf(price('m', 150_000, 600_000), { inputTokens: 9, outputTokens: 7 })).toBe(6);
    expect(costOf(price('m', 2_500_000, 10_000_000), { inputTokens: 1_000_000, outputTokens: 1_000_000 })).toBe(12_500_000);
    expect(costOf(price('m', 0), { inputTokens: 9, outputTokens: 7 })).toBe(0);
  });

  it('ships tables in which no model has two prices', () => {
    const models = readPrices().map(({ model }) => model);
    expect(models.length).toBeGreaterThan(20);
    expect(new Set(models).size).toBe(models.length);
    const priceOf = createPriceTable(readPrices());
    expect(priceOf('gpt-4o-mini-2024-07-18')).toMatchObject({ input: 150_000, output: 600_000, currency: 'USD' });
    // Models of another price that share a beginning must not be taken for it.
    expect(priceOf('gpt-4o-audio-preview')).toBeUndefined();
  });
});

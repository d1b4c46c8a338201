/** What a call costs by the price table, in integer micro-units of a currency. */
import type { PriceEntry } from '../../shapes.ts';

export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type PriceTable = (model: string) => PriceEntry | undefined;

/** Names that are remembered; a caller chooses them, so that there must be a bound. */
const KNOWN_MAX = 1_000;
const MILLION = 1_000_000;

/** @returns finds the price of a model: the entry of its name, else the one with the longest beginning (`gpt-4o*`) */
export function createPriceTable(prices: readonly PriceEntry[]): PriceTable {
  const byName = new Map(prices.filter(({ model }) => !model.endsWith('*')).map((price) => [price.model, price]));
  const byBeginning = prices
    .filter(({ model }) => model.endsWith('*'))
    .map((price) => ({ beginning: price.model.slice(0, -1), price }))
    .toSorted((a, b) => b.beginning.length - a.beginning.length);
  const known = new Map<string, PriceEntry | undefined>();
  return (model) => {
    if (known.has(model)) return known.get(model);
    const found = byName.get(model) ?? byBeginning.find(({ beginning }) => model.startsWith(beginning))?.price;
    if (known.size < KNOWN_MAX) known.set(model, found);
    return found;
  };
}

/** Micro-units, rounded up: many small calls must not come to nothing. */
export const costOf = ({ input, output }: PriceEntry, { inputTokens, outputTokens }: Tokens): number =>
  Math.ceil((inputTokens * input + outputTokens * output) / MILLION);

import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { PriceEntry } from '../../shapes.ts';

const FOLDER = new URL('../../../packs/prices/', import.meta.url);
/** In units of the currency for a million tokens, to a ten-thousandth. */
const price = z.number().min(0).max(100_000);
const MICRO = 1_000_000;

const pricesFile = z.strictObject({
  provider: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** When the prices were those that the provider listed, and where. */
  asOf: z.iso.date(),
  source: z.string().min(1),
  models: z.array(z.strictObject({ model: z.string().regex(/^[^*]+\*?$/), input: price, output: price })).min(1),
});

/** The price tables that ship with the product. @throws ZodError when one is malformed */
export function readPrices(): PriceEntry[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .flatMap((name) => {
      const { currency, models } = pricesFile.parse(parse(readFileSync(new URL(name, FOLDER), 'utf8')));
      return models.map(({ model, input, output }) => ({ model, currency, input: Math.round(input * MICRO), output: Math.round(output * MICRO) }));
    });
}

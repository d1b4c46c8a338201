import { z } from 'zod';

const amount = z.number().int().min(1).max(1_000_000_000_000_000).describe('Requests, tokens, micro-units of the currency (1,000,000 is one), or calls at a time.');
const scope = z.enum(['key', 'application', 'installation']);
const measure = z.enum(['requests', 'tokens', 'money', 'concurrency']);
const period = z.enum(['second', 'minute', 'hour', 'day', 'month']);
const unknownPrice = z.enum(['refuse', 'allow']).describe('What becomes of calls of models whose price is not known, where money is limited.');

export const newLimit = z.strictObject({
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and hyphens'),
  scope: scope.describe('Whose use is counted.'),
  subject: z.string().max(60).nullable().default(null).describe('Id of the key or application; null binds each of them by itself.'),
  measure,
  amount,
  period: period.nullable().default(null).describe('Day and month (UTC) are budgets; absent for concurrency.'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)').nullable().default(null).describe('For money alone.'),
  unknownPrice: unknownPrice.default('refuse'),
});

export const limitChange = z.strictObject({ amount });

export const limit = z
  .object({
    id: z.string(),
    name: z.string(),
    scope,
    subject: z.string().nullable(),
    measure,
    amount: z.number().int(),
    period: period.nullable(),
    currency: z.string().nullable(),
    unknownPrice,
    createdAt: z.string(),
    spending: z
      .array(z.object({ subject: z.string().nullable(), spent: z.number().int(), held: z.number().int() }))
      .describe('Of budgets, in the period that it is: what gateways said that they spent, and what they hold (what is spent included).'),
  })
  .meta({ id: 'Limit' });

export const limits = z.object({ items: z.array(limit) });
export const limitParams = z.object({ id: z.string().min(1).max(80).describe('Id or name.') });
export const nothing = z.undefined().describe('Done.');

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const leaseRequest = z.strictObject({
  instance: z.uuid(),
  leases: z
    .array(
      z.strictObject({
        limit: z.uuid(),
        subject: z.union([z.uuid(), z.literal('')]),
        period: z.string().regex(/^\d{4}-\d{2}(?:-\d{2})?$/),
        spent: count,
        wanted: count,
        sequence: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
      }),
    )
    .min(1)
    .max(100),
});
export const leaseAnswer = z.object({ granted: z.array(count) });

import { z } from 'zod';

/** What a window may ask of the list of exchanges. Cursors are ids of exchanges: stable while new ones arrive. */
export const exchangesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.string().max(60).optional().describe('Exchanges older than this one, newest first.'),
  after: z.string().max(60).optional().describe('Exchanges newer than this one; the ones next to it if there are more than the limit.'),
  application: z.string().max(60).optional(),
  effect: z.enum(['permit', 'transform', 'hold', 'deny']).optional(),
  outcome: z.enum(['answered', 'refused', 'failed', 'aborted', 'interrupted']).optional(),
  model: z.string().min(1).max(200).optional(),
  kind: z.string().regex(/^[a-z0-9_]{1,60}$/).optional(),
  upstream: z.string().min(1).max(100).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
export type ExchangesQuery = z.infer<typeof exchangesQuery>;

const named = z.object({ id: z.string(), name: z.string() });
const effect = z.enum(['permit', 'transform', 'hold', 'deny']);
const reason = z.object({ code: z.string(), policy: z.string().optional(), message: z.string() });
const micros = z.number().optional();

export const exchangeSummary = z
  .object({
    id: z.string(),
    state: z.enum(['open', 'closed']),
    receivedAt: z.string(),
    closedAt: z.string().optional(),
    api: z.string(),
    application: named.optional(),
    key: named.optional(),
    model: z.string().optional(),
    upstream: z.string().optional(),
    stream: z.boolean(),
    outcome: z.enum(['answered', 'refused', 'failed', 'aborted', 'interrupted']).optional(),
    status: z.number().int().optional().describe('HTTP status that the caller saw; 0 when none was sent.'),
    effect: effect.optional(),
    reasons: z.array(reason),
    findings: z.array(z.object({ direction: z.enum(['request', 'answer']), kind: z.string(), label: z.string(), count: z.number().int() })),
    totalMicros: z.number().optional(),
    masked: z.number().int(),
    restored: z.number().int(),
  })
  .meta({ id: 'ExchangeSummary' });

export const exchangeDetail = exchangeSummary
  .extend({
    purpose: z.string().optional(),
    method: z.string(),
    path: z.string(),
    gateway: named,
    epoch: z.string(),
    sequence: z.object({ opened: z.number().int().optional(), closed: z.number().int().optional() }),
    openedEpoch: z.string().optional().describe('Given when the exchange was opened in an earlier epoch of the spool than it was closed in.'),
    times: z.object({
      identify: micros, admit: micros, read: micros, inspect: micros, decide: micros, transform: micros, dispatch: micros, answer: micros, total: micros,
    }),
    versions: z.object({ software: z.string(), snapshotSerial: z.number(), policies: z.string(), detectors: z.string() }).optional(),
    usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).optional(),
    cost: z
      .object({ microUnits: z.number().int(), currency: z.string(), estimated: z.literal(true).optional() })
      .optional()
      .describe('By the price table; estimated where the upstream did not say how many tokens it used.'),
    bytes: z.object({ request: z.number(), answer: z.number() }).optional(),
    obligations: z.array(z.string()),
    observed: z.object({ effect, reasons: z.array(reason) }).optional(),
    findings: z.array(
      z.object({
        direction: z.enum(['request', 'answer']),
        kind: z.string(),
        label: z.string(),
        count: z.number().int(),
        detector: z.string(),
        confidence: z.number(),
        roles: z.array(z.string()),
      }),
    ),
    attempts: z.array(z.object({ upstream: z.string(), code: z.string(), ms: z.number() })).optional().describe('Every try and every upstream passed over; absent where there was one try.'),
    fallbacks: z.array(z.string()).optional().describe('Upstreams to which it could have gone too.'),
    error: z.string().optional(),
    clientRequestId: z.string().optional(),
    suppressed: z.number().int().optional().describe('Refusals of unidentified callers that were counted instead of recorded since the record before.'),
  })
  .meta({ id: 'Exchange' });

export const exchangeList = z.object({ items: z.array(exchangeSummary), next: z.string().optional() }).meta({ id: 'ExchangeList' });

export type ExchangeSummary = z.infer<typeof exchangeSummary>;
export type ExchangeDetail = z.infer<typeof exchangeDetail>;

import { z } from 'zod';
import type { Api, Effect, Label, Obligation, Outcome, Payload, Role } from '../../shapes.ts';
import { TEXT_MAX } from '../spool/record-text.ts';

/** What control believes of a gateway's words. Strict: a member that this release does not know has no place to be stored. */
const text = (max: number) => z.string().max(max);
const id = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
const exchangeId = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const instant = z.string().regex(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const micros = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const word = text(200);
/** Every word of a union of the shapes: one that is added there and not here does not compile. */
const oneOf = <Word extends string>(words: Readonly<Record<Word, true>>) => z.enum(Object.keys(words) as [Word, ...Word[]]);

const label = oneOf<Label>({ personal_data: true, secret: true });
const effect = oneOf<Effect>({ permit: true, transform: true, hold: true, deny: true });
const role = oneOf<Role>({
  system: true, user: true, assistant: true, tool_result: true, tool_definition: true, tool_arguments: true, reasoning: true, document: true, parameter: true, unknown: true,
});
const payload = oneOf<Payload>({ image: true, audio: true, file: true, tokens: true, encrypted: true, vector: true });
const reason = z.strictObject({ code: word, policy: word.optional(), message: text(TEXT_MAX.message) });
const reasons = z.array(reason).max(64);

const common = {
  v: z.literal(1),
  exchange: exchangeId,
  at: instant,
  api: oneOf<Api>({
    'openai.chat_completions': true, 'openai.responses': true, 'openai.completions': true, 'openai.embeddings': true, 'openai.moderations': true, 'openai.models': true,
    'anthropic.messages': true, 'anthropic.count_tokens': true, 'anthropic.models': true, unclassified: true,
  }),
  method: text(TEXT_MAX.method),
  path: text(TEXT_MAX.path),
  keyId: id.optional(),
  keyName: word.optional(),
  applicationId: id.optional(),
  applicationName: word.optional(),
  purpose: text(2_000).optional(),
  model: text(TEXT_MAX.model).optional(),
  upstream: word.optional(),
  fallbacks: z.array(word).max(64).optional(),
  stream: z.boolean().optional(),
  clientRequestId: text(TEXT_MAX.clientRequestId).optional(),
};

const finding = z.strictObject({
  direction: z.enum(['request', 'answer']), detector: word, kind: word, label, count, confidence: z.number().min(0).max(1), roles: z.array(role).max(16),
});

const times = z.strictObject({
  identify: micros.optional(), admit: micros.optional(), read: micros.optional(), inspect: micros.optional(), decide: micros.optional(),
  transform: micros.optional(), dispatch: micros.optional(), answer: micros.optional(), total: micros.optional(),
});

const closed = z.strictObject({
  ...common,
  phase: z.literal('closed'),
  receivedAt: instant,
  outcome: oneOf<Outcome>({ answered: true, refused: true, failed: true, aborted: true, interrupted: true }),
  status: z.number().int().min(0).max(999),
  effect,
  reasons,
  obligations: z.array(oneOf<Obligation['type']>({ mask: true, strip_logprobs: true, round_scores: true })).max(64),
  observed: z.strictObject({ effect, reasons }).optional(),
  findings: z.array(finding).max(1_000),
  masked: count,
  restored: count,
  uninspected: z.array(payload).max(16).optional(),
  usage: z.strictObject({ inputTokens: count, outputTokens: count }).optional(),
  cost: z.strictObject({ microUnits: count, currency: text(8), estimated: z.literal(true).optional() }).optional(),
  bytes: z.strictObject({ request: count, answer: count }),
  times,
  versions: z.strictObject({ software: word, snapshotSerial: count, policies: word, detectors: word }),
  attempts: z.array(z.strictObject({ upstream: word, code: text(TEXT_MAX.error), ms: micros })).max(64).optional(),
  error: text(TEXT_MAX.error).optional(),
  suppressed: count.optional(),
});

/** ExchangeRecord v1. */
export const exchangeRecord = z.discriminatedUnion('phase', [z.strictObject({ ...common, phase: z.literal('opened') }), closed]);

/** The first line of a batch. */
export const recordBatch = z.strictObject({
  format: z.literal(1),
  gateway: id,
  epoch: exchangeId,
  first: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  count: z.number().int().min(0).max(500),
  final: z.boolean(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  signature: z.string().regex(/^[A-Za-z0-9_-]{85}[AQgw]$/),
});

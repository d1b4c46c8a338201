import { z } from 'zod';

const model = z.string().trim().min(1).max(200);
const milliseconds = z.number().int().min(100).max(3_600_000);
const timeouts = z.object({ connectMs: milliseconds, firstByteMs: milliseconds, idleMs: milliseconds, totalMs: milliseconds });
/** Goes into a header as it is, so that it may hold visible ASCII alone. */
const apiKey = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be visible ASCII without spaces');

export const newUpstream = z.object({
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and hyphens'),
  kind: z.literal('openai-compatible').default('openai-compatible'),
  baseUrl: z.string().min(1).max(500).describe('With /v1 where the provider has it.'),
  apiKey: apiKey.optional(),
  models: z.array(model).min(1).max(200).refine((models) => new Set(models).size === models.length, 'names a model twice'),
  allowPrivate: z.boolean().default(false).describe('Whether it may stand on a private or loopback address, and speak plain http.'),
  timeouts: timeouts.partial().default({}),
});

export const upstreamChange = newUpstream
  .pick({ baseUrl: true, models: true })
  .extend({ apiKey: apiKey.nullable().describe('null takes the credential away.'), allowPrivate: z.boolean(), timeouts: timeouts.partial() })
  .partial();

export const upstream = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['sandbox', 'openai-compatible']),
    baseUrl: z.string(),
    models: z.array(z.string()),
    allowPrivate: z.boolean(),
    hasCredential: z.boolean(),
    credentialLastFour: z.string().optional(),
    source: z.enum(['api', 'environment', 'built-in']),
    timeouts,
    createdAt: z.string(),
    health: z.object({ state: z.enum(['healthy', 'failing', 'unknown']), since: z.string().nullable(), error: z.string().optional() }),
  })
  .meta({ id: 'Upstream' });

export const upstreams = z.object({ items: z.array(upstream) });
export const upstreamParams = z.object({ id: z.string().min(1).max(80).describe('Id or name.') });
export const nothing = z.undefined().describe('Done.');

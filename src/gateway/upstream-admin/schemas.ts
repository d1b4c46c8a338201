import { z } from 'zod';
import { PROVIDERS, type ProviderKind } from '../upstreams/providers/index.ts';

const model = z.string().trim().min(1).max(200);
const milliseconds = z.number().int().min(100).max(3_600_000);
const timeouts = z.object({ connectMs: milliseconds, firstByteMs: milliseconds, idleMs: milliseconds, totalMs: milliseconds });
/** Goes into a header as it is, so that it may hold visible ASCII alone. */
const apiKey = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be visible ASCII without spaces');

/** A date, and what providers hang on to it: `2024-10-21`, `2025-04-01-preview`. */
const apiVersion = z.string().regex(/^\d{4}-\d\d-\d\d(?:-[a-z]{1,20})?$/, 'must be a date such as 2024-10-21');
const priority = z.number().int().min(0).max(100).describe('Where several upstreams serve a model, the lowest goes first.');
const weight = z.number().int().min(1).max(1_000).describe('Share of the calls among upstreams of one priority.');
const attempts = z.number().int().min(1).max(5).describe('How often a call that fails before its answer begins is sent in all. Callers\' libraries try again by themselves.');
const maxInFlight = z.number().int().min(1).max(10_000).describe('Calls at a time, for each gateway process.');
const kinds = Object.keys(PROVIDERS) as [ProviderKind, ...ProviderKind[]];

export const newUpstream = z.object({
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and hyphens'),
  kind: z.enum(kinds).default('openai-compatible'),
  baseUrl: z.string().min(1).max(500).optional().describe('With /v1 where the provider has it. May be left out where the kind has one of its own.'),
  apiVersion: apiVersion.optional().describe('Only for kinds with dated versions of their API (azure-openai).'),
  apiKey: apiKey.optional(),
  models: z.array(model).min(1).max(200).refine((models) => new Set(models).size === models.length, 'names a model twice'),
  allowPrivate: z.boolean().default(false).describe('Whether it may stand on a private or loopback address, and speak plain http.'),
  timeouts: timeouts.partial().default({}),
  priority: priority.default(0),
  weight: weight.default(1),
  attempts: attempts.default(1),
  maxInFlight: maxInFlight.default(500),
});

export const upstreamChange = newUpstream
  .pick({ baseUrl: true, models: true })
  .extend({ apiKey: apiKey.nullable().describe('null takes the credential away.'), allowPrivate: z.boolean(), timeouts: timeouts.partial(), apiVersion: apiVersion.nullable(), priority, weight, attempts, maxInFlight })
  .partial();

export const upstream = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['sandbox', ...kinds]),
    baseUrl: z.string(),
    apiVersion: z.string().optional(),
    models: z.array(z.string()),
    allowPrivate: z.boolean(),
    hasCredential: z.boolean(),
    credentialLastFour: z.string().optional(),
    source: z.enum(['api', 'environment', 'built-in']),
    timeouts,
    priority,
    weight,
    attempts,
    maxInFlight,
    createdAt: z.string(),
    health: z.object({ state: z.enum(['healthy', 'failing', 'unknown']), since: z.string().nullable(), error: z.string().optional(), circuit: z.enum(['closed', 'open', 'half_open']).optional() }),
  })
  .meta({ id: 'Upstream' });

export const upstreamKinds = z.object({
  items: z.array(
    z
      .object({
        kind: z.enum(kinds),
        label: z.string(),
        baseUrl: z.string().nullable().describe('Used when none is given; null where one must be.'),
        example: z.string(),
        versioned: z.boolean().describe('Whether an API version may be given.'),
        apis: z.array(z.string()).describe('What it speaks.'),
      })
      .meta({ id: 'UpstreamKind' }),
  ),
});

export const upstreams = z.object({ items: z.array(upstream) });
export const upstreamParams = z.object({ id: z.string().min(1).max(80).describe('Id or name.') });
export const nothing = z.undefined().describe('Done.');

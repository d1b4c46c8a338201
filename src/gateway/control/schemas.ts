import { z } from 'zod';
import { LIMITS } from '../protocol.ts';

/** An answer without a body. */
export const nothing = z.void();

const rawKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const name = z.string().trim().min(1).max(100);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = z.iso.datetime();

export const enrolmentRequest = z.strictObject({ token: z.string().regex(/^spe_[A-Za-z0-9_-]{43}$/), name: z.string().max(100), signingKey: rawKey, sealingKey: rawKey });
export const enrolmentAnswer = z.object({ gateway: z.string(), name: z.string(), bearer: z.string(), installation: z.string(), signingKey: z.string() });

export const snapshotQuery = z.object({
  after: z.coerce.number().int().min(-1).max(Number.MAX_SAFE_INTEGER),
  wait: z.coerce.number().int().min(0).max(LIMITS.waitSeconds),
});
export const signedManifest = z.object({ manifest: z.string(), signature: z.string() });
export const sectionParams = z.object({ name: z.enum(['keys', 'applications', 'policies', 'upstreams', 'detectors', 'limits', 'credentials']) });
export const sectionQuery = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });
export const acknowledgement = z.object({ acknowledged: count });

/** Not strict: a gateway of a later release may say more of itself. */
export const heartbeat = z.object({
  version: z.string().max(50),
  serial: count,
  epoch: z.uuid(),
  inFlight: count,
  spool: z.object({ bytes: count, unsent: count, stopped: z.boolean() }),
  upstreams: z
    .array(z.object({ id: z.uuid(), name: z.string().max(200), state: z.enum(['healthy', 'failing', 'unknown']), since: instant, error: z.string().max(200).optional(), circuit: z.enum(['closed', 'open', 'half_open']).optional(), inFlight: count.optional() }))
    .max(1_000),
});

export const gateway = z
  .object({
    id: z.string(),
    name: z.string(),
    enrolledAt: instant,
    connected: z.boolean().describe('Heard from within the last ten seconds.'),
    lastSeenAt: instant.nullable(),
    serial: count.describe('Serial of the snapshot that it enforces.'),
    version: z.string().nullable(),
    inFlight: count,
    spoolBytes: count,
    unsent: count.describe('Records that it holds and control has not.'),
    records: z.object({ acknowledged: count, gaps: count.describe('How often records were missing.') }),
  })
  .meta({ id: 'Gateway' });

export const gateways = z.object({ items: z.array(gateway) });
export const newToken = z.strictObject({ name });
export const issuedToken = z.object({ token: z.string().describe('Shown once; enrols one gateway.'), expiresAt: instant });

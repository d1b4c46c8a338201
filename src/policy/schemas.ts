import { z } from 'zod';
import { POLICY_TEXT_MAX } from './statements.ts';

const mode = z.enum(['observe', 'share', 'enforce']);
const sharePercent = z.number().int().min(0).max(100);
const cedar = z.string().min(1).max(POLICY_TEXT_MAX).describe('Cedar statements, each with an @id.');

export const newPolicy = z.object({
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and hyphens'),
  cedar,
  mode: mode.default('observe').describe('observe: recorded only; share: in force for a share of exchanges; enforce: for all.'),
  sharePercent: sharePercent.default(100).describe('Counts in mode share alone.'),
});

export const policyChange = z.object({ mode, sharePercent, cedar }).partial();

export const policy = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    cedar: z.string(),
    mode,
    sharePercent,
    builtIn: z.boolean(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Policy' });

export const policies = z.object({ items: z.array(policy) });
export const policyParams = z.object({ id: z.string().min(1).max(80).describe('Id or name.') });
export const policyText = z.object({ cedar: z.string().max(POLICY_TEXT_MAX) });
export const validation = z.object({
  ok: z.boolean(),
  errors: z.array(z.object({ message: z.string(), line: z.number().int().optional(), column: z.number().int().optional() })),
});
export const nothing = z.undefined().describe('Done.');

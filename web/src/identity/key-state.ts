import type { Key } from '../api/types.ts';

/** What a key is good for at a moment; revoked is stronger than expired. */
export function keyState(key: Pick<Key, 'revokedAt' | 'expiresAt'>, now: Date): 'active' | 'expired' | 'revoked' {
  if (key.revokedAt !== null && key.revokedAt !== undefined) return 'revoked';
  return key.expiresAt !== null && key.expiresAt !== undefined && Date.parse(key.expiresAt) <= now.getTime() ? 'expired' : 'active';
}

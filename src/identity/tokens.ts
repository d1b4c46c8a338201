import { randomBytes } from 'node:crypto';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { Secret } from '#platform/secret.ts';

/** What a token is for; the prefix lets a scanner (and a person) recognise it. Sessions and setup links carry none. */
export type TokenPrefix = 'sp_' | 'spa_' | '';

export interface Token {
  readonly secret: Secret;
  /** What is stored: 256 random bits need no slow hash. */
  readonly hash: string;
}

/** 32 random bytes as 43 characters of base64url behind their prefix. */
export function createToken(prefix: TokenPrefix): Token {
  const text = prefix + randomBytes(32).toString('base64url');
  return { secret: new Secret(text), hash: sha256Hex(text) };
}

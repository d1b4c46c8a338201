import { createHash, hash, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** SHA-256 of UTF-8 text, lower-case hex. */
export const sha256Hex = (text: string): string => hash('sha256', text, 'hex');

/** `sha256:<hex>` of a value's canonical JSON. */
export const digestOf = (value: unknown): string => `sha256:${sha256Hex(canonicalJson(value))}`;

/** Compares two texts in a time that depends on their lengths alone. */
export function equalInConstantTime(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

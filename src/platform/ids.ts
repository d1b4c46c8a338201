import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import { notFound } from './errors.ts';

/** What an id names; the prefix that it wears on the API. */
export type IdPrefix = 'app' | 'key' | 'exc' | 'gw' | 'ups' | 'lim' | 'pol' | 'per' | 'ses';

const PUBLIC = /^([a-z]+)_([0-9a-f]{8})([0-9a-f]{4})(7[0-9a-f]{3})([89ab][0-9a-f]{3})([0-9a-f]{12})$/;

const ID_BYTES = 16;
/** Asking the system for random bytes costs more than an id; they are asked for in bulk, and each is used once. */
const pool = new Uint8Array(256 * ID_BYTES);
let used = pool.length;
let lastMs = 0;
let sequence = 0;

/** A new UUIDv7 (RFC 9562): ordered by time, and within this process also within a millisecond (section 6.2, method 1). */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.slice(used, (used += ID_BYTES));
  const now = Date.now();
  // The counter begins anew, at random and with room to grow, in each millisecond; when it runs over, the next one is begun.
  if (now > lastMs || sequence === 0x7fffffff) {
    lastMs = Math.max(now, lastMs + 1);
    sequence = ((random[6]! << 16) | (random[7]! << 8) | random[8]!) >>> 0;
  } else sequence++;
  return v7({ random, msecs: lastMs, seq: sequence });
}

/** A new id that sorts after another, also when the clock was set back since. */
export function newIdAfter(id: string): string {
  const now = newId();
  return now > id ? now : v7({ msecs: idTime(id).getTime() + 1 });
}

/** `app_0192f0c1…`: the id as people and clients see it. */
export const toPublicId = (prefix: IdPrefix, id: string): string => `${prefix}_${id.replaceAll('-', '')}`;

/** The plain id behind a public one; an id that cannot exist is answered like one that does not. */
export function fromPublicId(prefix: IdPrefix, text: string): string {
  const m = PUBLIC.exec(text);
  if (!m || m[1] !== prefix) throw notFound(`The id ${JSON.stringify(text.slice(0, 60))}`);
  return `${m[2]}-${m[3]}-${m[4]}-${m[5]}-${m[6]}`;
}

/** The instant in which a UUIDv7 was made. */
export const idTime = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));

import { v7 } from 'uuid';
import { notFound } from './errors.ts';

/** What an id names; the prefix that it wears on the API. */
export type IdPrefix = 'app' | 'key' | 'exc' | 'gw' | 'ups' | 'lim' | 'pol' | 'per' | 'ses';

const PUBLIC = /^([a-z]+)_([0-9a-f]{8})([0-9a-f]{4})(7[0-9a-f]{3})([89ab][0-9a-f]{3})([0-9a-f]{12})$/;

/** A new UUIDv7 (RFC 9562): ordered by time, to the millisecond. */
export const newId = (): string => v7();

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

import type { z } from 'zod';
import { invalid } from '../errors.ts';

/** A place in a list, as it travels through a client. */
export interface Cursor<T> {
  encode(place: T): string;
  /** @throws AppError `invalid_cursor` (400) for whatever `encode` did not make */
  decode(text: string): T;
}

const LENGTH_MAX = 512;

/**
 * Keyset cursors: opaque to clients, checked by schema on return. They are not signed, because a place in a list grants nothing:
 * what a caller may see is decided by the query each time.
 */
export function createCursor<T>(schema: z.ZodType<T>): Cursor<T> {
  const decode = (text: string): T => {
    const parsed = text.length <= LENGTH_MAX ? schema.safeParse(parseJson(Buffer.from(text, 'base64url').toString('utf8'))) : undefined;
    if (!parsed?.success) throw invalid('invalid_cursor', 'The cursor is not one that this list gave. Start without it.');
    return parsed.data;
  };
  return { encode: (place) => Buffer.from(JSON.stringify(place)).toString('base64url'), decode };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Finds what JSON can say and jsonb cannot hold: NUL and lone surrogates, both of which a caller can put into a model's name. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/**
 * JSON text that PostgreSQL takes as jsonb. Characters that it cannot store become U+FFFD: a record with such a name in it must
 * not hold up the stream that it came in.
 */
export function toJsonb(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNSTORABLE.test(text)) return text;
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'string' ? member.toWellFormed().replaceAll('\0', '\uFFFD') : member));
}

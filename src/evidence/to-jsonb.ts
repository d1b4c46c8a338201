/** Finds what JSON can say and jsonb cannot hold: NUL and lone surrogates, both of which a caller can put into a model's name. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;
/** Each escape sequence of a JSON text; whole ones are taken, so that an escaped backslash before a `u` is none. */
const ESCAPE = /\\(?:u([0-9a-f]{4})|[^u])/g;

/**
 * JSON text that PostgreSQL takes as jsonb. Characters that it cannot store become U+FFFD: a record with such a name in it must
 * not hold up the stream that it came in.
 */
export function toJsonb(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNSTORABLE.test(text)) return text;
  // JSON.stringify writes a surrogate as an escape only where it stands alone.
  return text.replace(ESCAPE, (escape, code: string | undefined) => (code === '0000' || (code !== undefined && /^d[89a-f]/.test(code)) ? '\uFFFD' : escape));
}

import pg from 'pg';

const { builtins } = pg.types;
const INT8_ARRAY = 1016;
const TIMESTAMPTZ_ARRAY = 1185;
const TEXT_ARRAY = 1009;
const TIMESTAMPTZ_TEXT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/;

/** int8 as a number. @throws RangeError beyond 2^53: a counter that large is a fault, and a rounded one would hide it */
function int8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A bigint beyond 2^53 was read from the database.');
  return value;
}

/**
 * timestamptz as ISO 8601 in UTC with milliseconds, the form of `shapes.ts`. Microseconds are cut off, so that a place in a list
 * is kept by id (UUIDv7) and never by time alone. `infinity` stays as it is.
 */
function timestamptz(text: string): string {
  const m = TIMESTAMPTZ_TEXT.exec(text);
  return m ? `${m[1]}T${m[2]}.${(m[3] ?? '').padEnd(3, '0').slice(0, 3)}Z` : text;
}

const textArray = pg.types.getTypeParser(TEXT_ARRAY as number, 'text') as (text: string) => (string | null)[];
const arrayOf = <T>(parse: (text: string) => T) => (text: string): (T | null)[] => textArray(text).map((item) => (item === null ? null : parse(item)));
const asText = (text: string): string => text;

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [builtins.INT8, int8],
  [INT8_ARRAY, arrayOf(int8)],
  [builtins.TIMESTAMPTZ, timestamptz],
  [TIMESTAMPTZ_ARRAY, arrayOf(timestamptz)],
  // The driver would make these local-time dates and objects.
  [builtins.TIMESTAMP, asText],
  [builtins.DATE, asText],
  [builtins.INTERVAL, asText],
]);

/** How values of either engine become JavaScript: jsonb parsed, numeric and uuid as text, the rest as the table above says. */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

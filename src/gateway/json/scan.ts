/**
 * A strict reader of JSON (RFC 8259) in one pass over the text. It builds no values: it yields every leaf with the place of
 * its literal, so that a change can be spliced into the text and every other byte of it left alone. It refuses what two
 * readers could read differently: repeated member names (RFC 8259, section 4), also when they are spelt with escapes.
 */

export type JsonErrorCode = 'invalid_json' | 'duplicate_key' | 'too_deep' | 'too_many_values' | 'invalid_unicode';

/** Says what is wrong and where, never with a piece of the text. */
export class JsonError extends Error {
  readonly code: JsonErrorCode;
  /** UTF-16 offset in the text. */
  readonly offset: number;

  constructor(code: JsonErrorCode, what: string, offset: number) {
    super(`${what} at character ${offset} of the body.`);
    this.name = 'JsonError';
    this.code = code;
    this.offset = offset;
  }
}

/** An object or array of the text. Parents stand before their children in `ScannedJson.containers`. */
export interface Container {
  readonly kind: 'object' | 'array';
  /** Index of the container that holds it; -1 for the outermost. */
  readonly parent: number;
  readonly depth: number;
  /** Member name or array index under which its parent holds it; empty for the outermost. */
  readonly segment: string | number;
  /** RFC 6901 pointer. */
  readonly path: string;
}

/** A member name, string, number, or one of true, false and null. */
export interface Leaf {
  readonly type: 'key' | 'string' | 'number' | 'literal';
  /** Index of the container that holds it; -1 when the whole text is one leaf. */
  readonly container: number;
  /** Member name or array index; for a key, the name itself. */
  readonly segment: string | number;
  /** The decoded string, or the literal as it stands. */
  readonly text: string;
  /** Where the literal stands, quotes included. */
  readonly start: number;
  readonly end: number;
}

export interface ScannedJson {
  readonly containers: readonly Container[];
  readonly leaves: readonly Leaf[];
}

export interface ScanLimits {
  readonly maxDepth: number;
  /** Leaves and containers together. */
  readonly maxValues: number;
  /** Whether `\ud800` alone is let pass: the half of a character that a stream may have cut in two. */
  readonly loneSurrogates: boolean;
}

export const REQUEST_LIMITS: ScanLimits = { maxDepth: 64, maxValues: 500_000, loneSurrogates: false };
export const ANSWER_LIMITS: ScanLimits = { maxDepth: 64, maxValues: 1_000_000, loneSurrogates: true };

interface State {
  readonly text: string;
  readonly limits: ScanLimits;
  readonly containers: Container[];
  readonly leaves: Leaf[];
  at: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const LITERALS = ['true', 'false', 'null'] as const;

/** Up to here a list is searched for a repeated name; beyond, a set is made. */
const SMALL_OBJECT = 12;

/**
 * Reads one JSON text.
 * @param text decoded from valid UTF-8
 * @throws JsonError on anything but one JSON text within the limits; time and memory are linear in its length
 */
export function scanJson(text: string, limits: ScanLimits): ScannedJson {
  const state: State = { text, limits, containers: [], leaves: [], at: 0 };
  skipSpace(state);
  scanValue(state, -1, '');
  skipSpace(state);
  if (state.at !== text.length) throw new JsonError('invalid_json', 'Text after the JSON value', state.at);
  return { containers: state.containers, leaves: state.leaves };
}

/** Appends a member name or index to a JSON pointer (RFC 6901, section 3). */
export const pointer = (path: string, segment: string | number): string =>
  typeof segment === 'number' || (!segment.includes('/') && !segment.includes('~'))
    ? `${path}/${segment}`
    : `${path}/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function scanValue(state: State, container: number, segment: string | number): void {
  const start = state.at;
  const first = state.text.charCodeAt(start);
  if (first === QUOTE) addLeaf(state, 'string', { container, segment, text: scanString(state), start });
  else if (first === OPEN_OBJECT) scanObject(state, container, segment);
  else if (first === OPEN_ARRAY) scanArray(state, container, segment);
  else if (first === MINUS || isDigit(first)) addLeaf(state, 'number', { container, segment, text: scanNumber(state), start });
  else addLeaf(state, 'literal', { container, segment, text: scanLiteral(state), start });
}

function scanObject(state: State, parent: number, segment: string | number): void {
  const own = openContainer(state, 'object', parent, segment);
  if (closes(state, CLOSE_OBJECT)) return;
  const names = createNames();
  for (;;) {
    const start = state.at;
    if (state.text.charCodeAt(start) !== QUOTE) throw new JsonError('invalid_json', 'A member name was expected', start);
    const name = scanString(state);
    if (!names.add(name)) throw new JsonError('duplicate_key', 'A member name is repeated', start);
    addLeaf(state, 'key', { container: own, segment: name, text: name, start });
    skipSpace(state);
    expect(state, COLON, 'A colon was expected');
    skipSpace(state);
    scanValue(state, own, name);
    skipSpace(state);
    if (closes(state, CLOSE_OBJECT)) return;
    expect(state, COMMA, 'A comma was expected');
    skipSpace(state);
  }
}

function scanArray(state: State, parent: number, segment: string | number): void {
  const own = openContainer(state, 'array', parent, segment);
  if (closes(state, CLOSE_ARRAY)) return;
  for (let index = 0; ; index++) {
    scanValue(state, own, index);
    skipSpace(state);
    if (closes(state, CLOSE_ARRAY)) return;
    expect(state, COMMA, 'A comma was expected');
    skipSpace(state);
  }
}

function openContainer(state: State, kind: Container['kind'], parent: number, segment: string | number): number {
  const above = state.containers[parent];
  const depth = above === undefined ? 1 : above.depth + 1;
  if (depth > state.limits.maxDepth) throw new JsonError('too_deep', `Nesting beyond ${state.limits.maxDepth} levels`, state.at);
  const path = above === undefined ? '' : pointer(above.path, segment);
  const own = state.containers.push({ kind, parent, depth, segment, path }) - 1;
  checkCount(state);
  state.at++;
  skipSpace(state);
  return own;
}

/** Steps over the closing bracket when it stands here. */
function closes(state: State, bracket: number): boolean {
  if (state.text.charCodeAt(state.at) !== bracket) return false;
  state.at++;
  return true;
}

function expect(state: State, code: number, what: string): void {
  if (state.text.charCodeAt(state.at) !== code) throw new JsonError('invalid_json', what, state.at);
  state.at++;
}

function addLeaf(state: State, type: Leaf['type'], leaf: { container: number; segment: string | number; text: string; start: number }): void {
  state.leaves.push({ type, container: leaf.container, segment: leaf.segment, text: leaf.text, start: leaf.start, end: state.at });
  checkCount(state);
}

function checkCount(state: State): void {
  if (state.leaves.length + state.containers.length > state.limits.maxValues) {
    throw new JsonError('too_many_values', `More than ${state.limits.maxValues} values`, state.at);
  }
}

/** Reads the string literal that starts here and steps behind it. */
function scanString(state: State): string {
  const { text } = state;
  const start = state.at + 1;
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      state.at = at + 1;
      return text.slice(start, at);
    }
    if (code === BACKSLASH) return scanEscapedString(state, at);
    // Written so that NaN, the end of the text, fails too.
    if (!(code >= 0x20)) throw new JsonError('invalid_json', 'A string holds a control character or does not end', at);
  }
}

/** The rest of a string that holds an escape: finds its end, and leaves the decoding to the engine's own reader. */
function scanEscapedString(state: State, firstEscape: number): string {
  const { text } = state;
  const start = state.at;
  let at = firstEscape;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (!(code >= 0x20)) throw new JsonError('invalid_json', 'A string holds a control character or does not end', at);
    at += code === BACKSLASH ? 2 : 1;
  }
  state.at = at + 1;
  const decoded = decodeLiteral(text.slice(start, at + 1), start);
  if (!state.limits.loneSurrogates && !decoded.isWellFormed()) throw new JsonError('invalid_unicode', 'Half of a surrogate pair', start);
  return decoded;
}

function decodeLiteral(literal: string, start: number): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw new JsonError('invalid_json', 'A string holds an unknown escape', start);
  }
}

/** RFC 8259, section 6. */
function scanNumber(state: State): string {
  const { text } = state;
  const start = state.at;
  let at = text.charCodeAt(start) === MINUS ? start + 1 : start;
  if (text.charCodeAt(at) === 0x30) at++;
  else at = digits(text, at);
  if (text.charCodeAt(at) === DOT) at = digits(text, at + 1);
  if ((text.charCodeAt(at) | 0x20) === 0x65) {
    const sign = text.charCodeAt(at + 1);
    at = digits(text, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  state.at = at;
  return text.slice(start, at);
}

/** The end of the run of digits that must stand here. */
function digits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  if (at === from) throw new JsonError('invalid_json', 'A digit was expected', at);
  return at;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function scanLiteral(state: State): string {
  for (const literal of LITERALS) {
    if (state.text.startsWith(literal, state.at)) {
      state.at += literal.length;
      return literal;
    }
  }
  throw new JsonError('invalid_json', 'A value was expected', state.at);
}

function skipSpace(state: State): void {
  const { text } = state;
  let at = state.at;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
    at++;
  }
  state.at = at;
}

/** The names that an object has had; `add` answers whether the name is new. */
function createNames(): { add(name: string): boolean } {
  const list: string[] = [];
  let set: Set<string> | undefined;
  return {
    add(name) {
      if (set === undefined) {
        if (list.includes(name)) return false;
        if (list.push(name) > SMALL_OBJECT) set = new Set(list);
        return true;
      }
      return set.size !== set.add(name).size;
    },
  };
}

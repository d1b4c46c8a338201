/** What must be known of Cedar source before Cedar sees it. */

/**
 * Cedar in WebAssembly has a small stack, and overflowing it leaves its memory broken for good: every later decision would fail.
 * Measured with 4.13.0: 100 nested brackets and chains of 400 operators are read, 400 and 2,000 are not. These bounds stay well below.
 */
const NESTING_MAX = 30;
const OPERATORS_MAX = 300;

const OPERATORS: ReadonlySet<string> = new Set(['&&', '||', '+', '-', '*', '!', '.', '::', 'if']);
const OPENING: ReadonlySet<string> = new Set(['(', '[', '{']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);
const TWO_CHARACTER_SIGNS: ReadonlySet<string> = new Set(['&&', '||', '::']);
const EFFECT_LENGTH = 'permit'.length;

interface Token {
  readonly text: string;
  /** UTF-16 offset. */
  readonly at: number;
}

/** @returns what makes the source too deep for Cedar, with its UTF-16 offset; undefined when it may be read */
export function tooDeep(source: string): { readonly message: string; readonly at: number } | undefined {
  let depth = 0;
  let operators = 0;
  for (const { text, at } of tokensOf(source)) {
    if (OPENING.has(text)) depth++;
    else if (CLOSING.has(text)) depth--;
    else if (text === ';') operators = 0;
    else if (OPERATORS.has(text)) operators++;
    if (depth > NESTING_MAX) return { message: `Brackets are nested more than ${NESTING_MAX} deep here.`, at };
    if (operators > OPERATORS_MAX) return { message: `A statement has more than ${OPERATORS_MAX} operators here. Put alternatives into a set and ask whether it contains the value.`, at };
  }
  return undefined;
}

/**
 * The same statement as a permit.
 *
 * @param statement source of one valid statement
 */
export function asPermit(statement: string): string {
  let depth = 0;
  let previous = '';
  for (const { text, at } of tokensOf(statement)) {
    if (depth === 0 && previous !== '@' && (text === 'permit' || text === 'forbid')) return `${statement.slice(0, at)}permit${statement.slice(at + EFFECT_LENGTH)}`;
    if (OPENING.has(text)) depth++;
    else if (CLOSING.has(text)) depth--;
    previous = text;
  }
  throw new Error('A Cedar statement without an effect.');
}

/** Words and signs; comments and strings are passed over. Text after a string that does not end is not looked at: Cedar refuses it. */
function* tokensOf(source: string): Generator<Token> {
  let at = 0;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === '"') {
      at = afterString(source, at);
    } else if (source.startsWith('//', at)) {
      at = afterLine(source, at);
    } else {
      const text = isWordCharacter(character) ? wordAt(source, at) : signAt(source, at);
      if (text.trim() !== '') yield { text, at };
      at += text.length;
    }
  }
}

const isWordCharacter = (character: string): boolean => /^[A-Za-z0-9_]$/.test(character);

function wordAt(source: string, start: number): string {
  let end = start;
  while (end < source.length && isWordCharacter(source.charAt(end))) end++;
  return source.slice(start, end);
}

function signAt(source: string, at: number): string {
  const two = source.slice(at, at + 2);
  return TWO_CHARACTER_SIGNS.has(two) ? two : source.charAt(at);
}

function afterString(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '"') return at + 1;
  }
  return source.length;
}

function afterLine(source: string, start: number): number {
  let at = start;
  while (at < source.length && source[at] !== '\n' && source[at] !== '\r') at++;
  return at;
}

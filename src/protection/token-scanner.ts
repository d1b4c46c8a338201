/**
 * Finds placeholders in text, also as models rewrite them: other case, lost or escaped brackets, another separator.
 * Hand-written because it must say "not yet" at the end of a chunk, which a regular expression cannot.
 * Every attempt at a position looks at a bounded number of characters, so that a scan is linear on any text.
 */
import { CODE_ALPHABET, CODE_LENGTH_MAX, CODE_LENGTH_MIN } from './placeholder.ts';

const SEPARATORS_MAX = 4;
const MARK_DIGITS_MAX = 2;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const UNDERSCORE = 0x5f;

/** Between word and code: `_ - : . # \`, space, no-break and thin spaces, dashes, zero-width characters. */
const SEPARATORS: ReadonlySet<number> = new Set(
  [...'_-:.#\\ ', '\u00a0', '\u2009', '\u202f', '\u2010', '\u2011', '\u2013', '\u200b', '\u2060', '\ufeff'].map((c) => c.charCodeAt(0)),
);
const CODE_CHARACTERS: ReadonlySet<number> = new Set([...CODE_ALPHABET].map((c) => c.charCodeAt(0)));

/** The scan ran off the end of a text that may go on. */
export const INCOMPLETE = -1;

/** What may be restored: word → code → the spellings of its value, in order of appearance. */
export type Lexicon = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

export interface Token {
  /** Offset after the last character of the token. */
  readonly end: number;
  readonly value: string;
}

export const isAlphanumeric = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

const upper = (code: number): number => (code >= 0x61 && code <= 0x7a ? code - 0x20 : code);

/** A table over ASCII of the characters with which a token of these words can begin. */
export function tokenStarts(words: Iterable<string>): Uint8Array {
  const table = new Uint8Array(128);
  table[OPEN] = 1;
  table[BACKSLASH] = 1;
  for (const word of words) {
    table[word.charCodeAt(0)] = 1;
    table[word.charCodeAt(0) | 0x20] = 1;
  }
  return table;
}

/**
 * The token that begins exactly at `start`.
 *
 * @param previous code unit before `start`, or 0 at the beginning of the text
 * @param final whether the text ends where it ends; otherwise the answer may be `INCOMPLETE`
 */
export function tokenAt(text: string, start: number, lexicon: Lexicon, edge: { readonly previous: number; readonly final: boolean }): Token | typeof INCOMPLETE | undefined {
  const first = text.charCodeAt(start);
  if (first === OPEN) return bareTokenAt(text, start + 1, lexicon, { close: ']', final: edge.final });
  if (first === BACKSLASH) {
    if (start + 1 >= text.length) return edge.final ? undefined : INCOMPLETE;
    if (text.charCodeAt(start + 1) !== OPEN) return undefined;
    return bareTokenAt(text, start + 2, lexicon, { close: '\\]', final: edge.final });
  }
  if (isAlphanumeric(edge.previous)) return undefined;
  return bareTokenAt(text, start, lexicon, { close: '', final: edge.final });
}

interface Ending {
  /** What must stand after the code: the bracket that was opened. */
  readonly close: '' | ']' | '\\]';
  readonly final: boolean;
}

function bareTokenAt(text: string, start: number, lexicon: Lexicon, ending: Ending): Token | typeof INCOMPLETE | undefined {
  let incomplete = false;
  for (const [word, codes] of lexicon) {
    const afterWord = wordEnd(text, start, word);
    const token = afterWord === INCOMPLETE ? INCOMPLETE : afterWord === undefined ? undefined : codeAt(text, afterWord, codes, ending);
    if (token === INCOMPLETE) incomplete = true;
    else if (token !== undefined) return token;
  }
  return incomplete && !ending.final ? INCOMPLETE : undefined;
}

/** Offset after the word, whatever its case; undefined when another text stands there. */
function wordEnd(text: string, start: number, word: string): number | typeof INCOMPLETE | undefined {
  for (let i = 0; i < word.length; i++) {
    if (start + i >= text.length) return INCOMPLETE;
    if (upper(text.charCodeAt(start + i)) !== word.charCodeAt(i)) return undefined;
  }
  return start + word.length;
}

function codeAt(text: string, afterWord: number, codes: ReadonlyMap<string, readonly string[]>, ending: Ending): Token | typeof INCOMPLETE | undefined {
  const start = afterSeparators(text, afterWord);
  const end = afterAlphanumerics(text, start, CODE_LENGTH_MAX + 1);
  if (end - start > CODE_LENGTH_MAX) return undefined;
  if (end >= text.length && !ending.final) return INCOMPLETE;
  const spellings = codes.get(text.slice(start, end).toUpperCase());
  if (spellings === undefined) return undefined;
  return markedToken(text, end, spellings, ending) ?? closedToken(text, end, spellings[0] as string, ending);
}

/** The token with the mark of a second or later spelling, if that spelling was minted. */
function markedToken(text: string, afterCode: number, spellings: readonly string[], ending: Ending): Token | typeof INCOMPLETE | undefined {
  if (spellings.length < 2) return undefined;
  let start = afterCode;
  if (text.charCodeAt(start) === BACKSLASH) start++;
  if (start >= text.length) return ending.final ? undefined : INCOMPLETE;
  if (text.charCodeAt(start) !== UNDERSCORE) return undefined;
  start++;
  const end = afterAlphanumerics(text, start, MARK_DIGITS_MAX + 1);
  if (end - start > MARK_DIGITS_MAX) return undefined;
  if (end >= text.length && !ending.final) return INCOMPLETE;
  const value = markedSpelling(text.slice(start, end), spellings);
  return value === undefined ? undefined : closedToken(text, end, value, ending);
}

function markedSpelling(mark: string, spellings: readonly string[]): string | undefined {
  const number = /^[1-9]\d?$/.test(mark) ? Number(mark) : 0;
  return number >= 2 ? spellings[number - 1] : undefined;
}

function closedToken(text: string, end: number, value: string, ending: Ending): Token | typeof INCOMPLETE | undefined {
  const { close, final } = ending;
  if (text.startsWith(close, end)) return { end: end + close.length, value };
  const open = !final && text.length < end + close.length && close.startsWith(text.slice(end));
  return open ? INCOMPLETE : undefined;
}

function afterSeparators(text: string, start: number): number {
  let end = start;
  while (end - start < SEPARATORS_MAX && SEPARATORS.has(text.charCodeAt(end))) end++;
  return end;
}

function afterAlphanumerics(text: string, start: number, most: number): number {
  let end = start;
  while (end - start < most && isAlphanumeric(text.charCodeAt(end))) end++;
  return end;
}

/**
 * A collector of the codes, as `WORD_CODE`, that stand behind one of the words in a text, whatever surrounds them: also each shorter
 * prefix, since masking may cut what follows. Linear in the text for a fixed number of words.
 */
export function lookalikeCollector(words: readonly string[]): (text: string, found: Set<string>) => void {
  // The words are letters. The engine's own search is four times as fast as a loop over characters.
  const anyWord = new RegExp(words.join('|'), 'gi');
  return (text, found) => {
    anyWord.lastIndex = 0;
    for (let match = anyWord.exec(text); match !== null; match = anyWord.exec(text)) {
      for (const word of words) collectCodes(text, match.index, word, found);
      anyWord.lastIndex = match.index + 1;
    }
  };
}

function collectCodes(text: string, wordStart: number, word: string, found: Set<string>): void {
  const afterWord = wordEnd(text, wordStart, word);
  if (afterWord === undefined || afterWord === INCOMPLETE) return;
  const start = afterSeparators(text, afterWord);
  let end = start;
  while (end - start < CODE_LENGTH_MAX && CODE_CHARACTERS.has(upper(text.charCodeAt(end)))) {
    end++;
    if (end - start >= CODE_LENGTH_MIN) found.add(`${word}_${text.slice(start, end).toUpperCase()}`);
  }
}

import { type Scanner, type Sink } from './candidate.ts';
import { ALNUM, classOf, DIGIT, TRIGGER } from './characters.ts';

/** What wakes scanners: a character, the first digit of a run of digits, or a word's first two characters. */
export interface Triggers {
  /** By ASCII code; only characters of class TRIGGER are looked up. */
  readonly onCharacter: ReadonlyMap<number, readonly Scanner[]>;
  /** Answers where the search for digits may go on. */
  readonly onDigits: ((text: string, at: number, sink: Sink) => number) | undefined;
  /** By `pairOf` the first two characters of a word, which begins where a letter or digit follows neither. */
  readonly onWordPair: ReadonlyMap<number, readonly Scanner[]>;
}

/** Looks over a text from a place on; what stands before the place is context. */
export type Scan = (text: string, from: number, sink: Sink) => void;

/** The key of `Triggers.onWordPair`: two ASCII codes in one number; -1 when one of them is not ASCII. */
export const pairOf = (first: number, second: number): number => (first < 128 && second < 128 ? first * 128 + second : -1);

const NONE: readonly Scanner[] = [];

/** Makes the scan for a set of triggers: one pass, a table look-up for each character, and scanners only where something could begin. */
export function compileScan({ onCharacter, onDigits, onWordPair }: Triggers): Scan {
  const byCharacter = Array.from({ length: 128 }, (_, code) => onCharacter.get(code) ?? NONE);
  const wakes = new Uint8Array(128 * 128);
  for (const pair of onWordPair.keys()) wakes[pair] = 1;

  return (text, from, sink) => {
    const { length } = text;
    let digitsFrom = from;
    let before = from > 0 ? classOf(text.charCodeAt(from - 1)) : 0;
    for (let at = from; at < length; at++) {
      const code = text.charCodeAt(at);
      const bits = classOf(code);
      if ((bits & ALNUM) !== 0) {
        if ((before & ALNUM) === 0 && code < 128) {
          const pair = code * 128 + (text.charCodeAt(at + 1) & 127);
          if (wakes[pair] === 1 && text.charCodeAt(at + 1) < 128) for (const scanner of onWordPair.get(pair) ?? NONE) scanner(text, at, sink);
        }
        if ((bits & DIGIT) !== 0 && (before & DIGIT) === 0 && at >= digitsFrom && onDigits !== undefined) digitsFrom = onDigits(text, at, sink);
      } else if ((bits & TRIGGER) !== 0) {
        for (const scanner of byCharacter[code] ?? NONE) scanner(text, at, sink);
      }
      before = bits;
    }
  };
}

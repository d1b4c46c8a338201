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

  /** Characters beyond ASCII fold onto others in `wakes`; the map tells them apart. */
  function wakeWord(text: string, at: number, sink: Sink): void {
    for (const scanner of onWordPair.get(pairOf(text.charCodeAt(at), text.charCodeAt(at + 1))) ?? NONE) scanner(text, at, sink);
  }

  function wakeCharacter(text: string, at: number, sink: Sink): void {
    for (const scanner of byCharacter[text.charCodeAt(at)] ?? NONE) scanner(text, at, sink);
  }

  return (text, from, sink) => {
    let digitsFrom = from;
    let before = from > 0 ? classOf(text.charCodeAt(from - 1)) : 0;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const bits = classOf(code);
      const begins = bits & ~before & ALNUM;
      const inWord = (before & ALNUM) !== 0;
      before = bits;
      if ((bits & TRIGGER) !== 0) wakeCharacter(text, at, sink);
      else if (begins !== 0) {
        if (!inWord && wakes[(code & 127) * 128 + (text.charCodeAt(at + 1) & 127)] === 1) wakeWord(text, at, sink);
        if ((begins & DIGIT) !== 0 && at >= digitsFrom && onDigits !== undefined) digitsFrom = onDigits(text, at, sink);
      }
    }
  };
}

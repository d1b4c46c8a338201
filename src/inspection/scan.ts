import { type Scanner, type Sink } from './candidate.ts';
import { ALNUM, classOf, DIGIT, LETTER, TRIGGER } from './characters.ts';

/** Which scanners wake where. Built once from the recognisers that are switched on. */
export interface ScanPlan {
  /** By ASCII code of the character that wakes them; only characters of class TRIGGER are looked up. */
  readonly onCharacter: ReadonlyMap<number, readonly Scanner[]>;
  /** At the first digit of a run of digits. Answers where the search for digits may go on. */
  readonly onDigits: ((text: string, at: number, sink: Sink) => number) | undefined;
  /** At the first letter or digit of a word, when its first two characters (`pairOf`) begin a known literal. */
  readonly onWordPair: ReadonlyMap<number, readonly Scanner[]>;
}

/** The key of `ScanPlan.onWordPair`: two ASCII codes in one number; -1 when one of them is not ASCII. */
export const pairOf = (first: number, second: number): number => (first < 128 && second < 128 ? first * 128 + second : -1);

/**
 * One pass over the text: a table look-up for each character, and scanners only where something could begin.
 *
 * @param from the first place that is looked at; what stands before it is context
 */
export function scan(text: string, from: number, plan: ScanPlan, sink: Sink): void {
  const { onCharacter, onDigits, onWordPair } = plan;
  const pairs = pairTable(plan);
  let digitsFrom = from;
  let before = from > 0 ? classOf(text.charCodeAt(from - 1)) : 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const bits = classOf(code);
    if ((bits & ALNUM) !== 0) {
      if ((before & ALNUM) === 0) {
        const pair = pairOf(code, text.charCodeAt(at + 1));
        if (pair >= 0 && pairs[pair] === 1) for (const scanner of onWordPair.get(pair) as readonly Scanner[]) scanner(text, at, sink);
      }
      if ((bits & DIGIT) !== 0 && (before & DIGIT) === 0 && at >= digitsFrom && onDigits !== undefined) digitsFrom = onDigits(text, at, sink);
    } else if ((bits & TRIGGER) !== 0) {
      const scanners = onCharacter.get(code);
      if (scanners !== undefined) for (const scanner of scanners) scanner(text, at, sink);
    }
    before = bits;
  }
}

const tables = new WeakMap<ScanPlan, Uint8Array>();

function pairTable(plan: ScanPlan): Uint8Array {
  let table = tables.get(plan);
  if (table === undefined) {
    table = new Uint8Array(128 * 128);
    for (const pair of plan.onWordPair.keys()) table[pair] = 1;
    tables.set(plan, table);
  }
  return table;
}

/** Letters and digits alike begin a word; said here because callers build pairs from literals. */
export const beginsWord = (literal: string): boolean => (classOf(literal.charCodeAt(0)) & (LETTER | DIGIT)) !== 0;

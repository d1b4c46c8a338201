import { isDigit } from '../characters.ts';

/** A run of digit groups as people write long numbers: `4111 1111-1111`, `(555) 123.4567`. */
export interface NumberGroups {
  /** All digits, separators left out. */
  readonly digits: string;
  readonly lengths: readonly number[];
  /** What stands behind group i, in front of group i + 1; one fewer than the groups. */
  readonly separators: readonly string[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Whether the text ended before the run did, so that more of it may come. */
  readonly unfinished: boolean;
}

/** No number that is looked for has more digits than a card of 19 or a telephone number behind `00`, or more between two groups than `) - `. */
const DIGITS_MAX = 20;
const SEPARATOR_MAX = 3;

export const isSeparator = (code: number): boolean => code === 32 || code === 45 || code === 46 || code === 47 || code === 40 || code === 41;

/** Reads the groups that begin with the digit at `at`, until they hold more than 20 digits; so the work for one place is bounded. */
export function readGroups(text: string, at: number): NumberGroups {
  const lengths: number[] = [];
  const separators: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let digits = '';
  let place = at;
  let unfinished = false;
  for (;;) {
    let end = place;
    while (end < text.length && end - place <= DIGITS_MAX && isDigit(text.charCodeAt(end))) end++;
    starts.push(place);
    ends.push(end);
    lengths.push(end - place);
    digits += text.slice(place, end);
    if (digits.length > DIGITS_MAX) break;
    let next = end;
    while (next < text.length && next - end < SEPARATOR_MAX && isSeparator(text.charCodeAt(next))) next++;
    if (next === text.length) { unfinished = true; break; }
    if (next === end || !isDigit(text.charCodeAt(next))) break;
    separators.push(text.slice(end, next));
    place = next;
  }
  return { digits, lengths, separators, starts, ends, unfinished };
}

import { type Sink } from '../candidate.ts';
import { isDigitAt } from '../characters.ts';
import { isSeparator, type NumberGroups, readGroups } from './number-groups.ts';

export type NumberFinder = (text: string, groups: NumberGroups, sink: Sink) => void;

/** The fewest digits that any number that is looked for has. */
const DIGITS_MIN = 7;
/** `+(` or `(+` may stand in front of a number and belong to it. */
const LEAD_IN_MAX = 2;

function leadInStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LEAD_IN_MAX && '+('.includes(text.charAt(start - 1))) start--;
  return start;
}

/**
 * Whether the group at `at` stands amid others and is shorter than any that a number can begin with there. That is what keeps a long run of
 * short groups from being read anew from each of them.
 */
const isHopeless = (text: string, at: number): boolean =>
  at > 1 && isDigitAt(text, at - 2) && isSeparator(text.charCodeAt(at - 1)) && !(isDigitAt(text, at + 1) && isDigitAt(text, at + 2)) && at + 2 < text.length;

/** Gives the groups that begin at a digit to each finder. Answers where the search for digits may go on. */
export function numberScanner(finders: readonly NumberFinder[]) {
  return (text: string, at: number, sink: Sink): number => {
    if (isHopeless(text, at)) return at + 1;
    const groups = readGroups(text, at);
    if (groups.unfinished) sink.open(leadInStart(text, at));
    // Too few from here means too few from every later group of the same run; but each may still grow when the text goes on.
    if (groups.digits.length < DIGITS_MIN) return groups.ends[groups.ends.length - 1] as number;
    for (const find of finders) find(text, groups, sink);
    return at + 1;
  };
}

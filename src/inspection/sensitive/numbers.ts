import { type Sink } from '../candidate.ts';
import { type NumberGroups, readGroups } from './number-groups.ts';

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

/** Gives the groups that begin at a digit to each finder. Answers where the search for digits may go on. */
export function numberScanner(finders: readonly NumberFinder[]) {
  return (text: string, at: number, sink: Sink): number => {
    const groups = readGroups(text, at);
    if (groups.unfinished) sink.open(leadInStart(text, at));
    // Too few from here means too few from every later group of the same run; but each may still grow when the text goes on.
    if (groups.digits.length < DIGITS_MIN) return groups.ends[groups.ends.length - 1] as number;
    for (const find of finders) find(text, groups, sink);
    return at + 1;
  };
}

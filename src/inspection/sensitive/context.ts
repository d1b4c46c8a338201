import { classOf, LETTER } from '../characters.ts';

/** How far in front of a value its context may stand. */
const CONTEXT_LENGTH = 56;

/** Names of other numbers; directly in front of a value they say that it is one of those. */
const OTHER_NUMBERS = new Set(('order orders invoice account acct reference ref tracking ticket case serial isbn issn sku part model version port pid id code policy '
  + 'license licence passport zip postcode postal card receipt transaction booking confirmation item product batch lot issue bug build commit row line page '
  + 'step epoch timestamp seed').split(' '));

/** Words that may stand between such a name and the value. */
const FILLERS = new Set(['number', 'no', 'num', 'nr', 'id', 'code', 'is', 'was', 'of', 's']);

const isLetterAt = (text: string, at: number): boolean => (classOf(text.charCodeAt(at)) & LETTER) !== 0;

/** The words in front of a place in lower case, the nearest last; a word that the window cuts is left out. */
function wordsBefore(text: string, start: number): string[] {
  let from = Math.max(0, start - CONTEXT_LENGTH);
  if (from > 0 && isLetterAt(text, from - 1)) while (from < start && isLetterAt(text, from)) from++;
  const words: string[] = [];
  for (let at = from; at < start; at++) {
    if (!isLetterAt(text, at)) continue;
    let end = at + 1;
    while (end < start && isLetterAt(text, end)) end++;
    words.push(text.slice(at, end).toLowerCase());
    at = end;
  }
  return words;
}

function namesOtherNumber(words: readonly string[]): boolean {
  let last = words.length - 1;
  while (last >= 0 && last > words.length - 4 && FILLERS.has(words[last] as string) && !OTHER_NUMBERS.has(words[last] as string)) last--;
  return last >= 0 && OTHER_NUMBERS.has(words[last] as string);
}

/**
 * Makes a test for context in front of a place: one of the words or pairs of words within 56 characters, and no name of another kind of number
 * directly in front.
 */
export function contextTest(context: readonly string[]): (text: string, start: number) => boolean {
  const known = new Set(context);
  return (text, start) => {
    const words = wordsBefore(text, start);
    const announced = words.some((word, i) => known.has(word) || (i > 0 && known.has(`${words[i - 1] as string} ${word}`)));
    return announced && !namesOtherNumber(words);
  };
}

import { MAX_CANDIDATE_LENGTH } from './candidate.ts';
import { classOf, TOKEN } from './characters.ts';

const OPENING_PARENTHESIS = 40;

/**
 * Where the token at the end of the text begins: an address or a key may still grow out of it. Its own length when the text ends
 * between tokens. Things that hold blanks (numbers in groups, headers of keys) are reported open by their scanners.
 */
export function openTokenStart(text: string): number {
  let start = text.length;
  const limit = Math.max(0, text.length - MAX_CANDIDATE_LENGTH);
  while (start > limit && (classOf(text.charCodeAt(start - 1)) & TOKEN) !== 0) start--;
  // A telephone number may begin with its area code in parentheses.
  return start > limit && text.charCodeAt(start - 1) === OPENING_PARENTHESIS ? start - 1 : start;
}

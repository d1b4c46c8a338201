import { MAX_CANDIDATE_LENGTH } from './candidate.ts';
import { classOf, TOKEN } from './characters.ts';

const OPENING_PARENTHESIS = 40;
const APOSTROPHE = 39;
const PLUS = 43;

/**
 * Where the token at the end of the text begins: an address or a key may still grow out of it. The text's own length when it ends
 * between tokens. What holds blanks (numbers in groups, headers of keys) is reported open by its scanner.
 */
export function openTokenStart(text: string): number {
  let start = text.length;
  const limit = Math.max(0, text.length - MAX_CANDIDATE_LENGTH);
  for (; start > limit; start--) {
    const code = text.charCodeAt(start - 1);
    if ((classOf(code) & TOKEN) === 0 && code !== APOSTROPHE) break;
  }
  // A telephone number may begin with its area code in parentheses, those with a plus.
  if (start > limit && text.charCodeAt(start - 1) === OPENING_PARENTHESIS) start--;
  return start > limit && text.charCodeAt(start - 1) === PLUS ? start - 1 : start;
}

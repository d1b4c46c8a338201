/** How far in front of a value its context may stand. */
const CONTEXT_LENGTH = 56;

const escape = (word: string): string => word.replace(/[^\p{L}\p{N} ]/gu, (char) => `\\${char}`).replaceAll(' ', '[ _-]?');

/** Names of other numbers; directly in front of a value they say that it is one of those. */
const OTHER_NUMBER = /(?:orders?|invoice|account|acct|reference|ref|tracking|ticket|case|serial|isbn|issn|sku|part|model|version|port|pid|id|code|policy|licen[cs]e|passport|zip|postcode|postal|card|receipt|transaction|booking|confirmation|item|product|batch|lot|issue|bug|build|commit|row|line|page|step|epoch|timestamp|seed|#)(?:[ _-]?(?:number|no|num|nr|id|code))?\W{0,4}(?:is\W{0,3}|was\W{0,3}|of\W{0,3})?$/i;

/**
 * Makes a test for context words in front of a place: one of the words within 56 characters on the line or the one before it, and no name of another
 * kind of number directly in front.
 */
export function contextTest(words: readonly string[]): (text: string, start: number) => boolean {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.map(escape).join('|')})(?![\\p{L}])`, 'iu');
  return (text, start) => {
    const before = text.slice(Math.max(0, start - CONTEXT_LENGTH), start);
    return pattern.test(before) && !OTHER_NUMBER.test(before);
  };
}

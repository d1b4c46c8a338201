/**
 * What a placeholder looks like: `[EMAIL_7KQ2M]`. The word says what kind of thing stood there, the code which one.
 * A second spelling of the same thing wears a mark, `[EMAIL_7KQ2M_2]`: the model sees that both are one address, and each
 * comes back as it was written.
 */

/** Digits and letters without 0, 1, I and O, which people and models mix up: 32 signs, five bits each. */
export const CODE_ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
export const CODE_LENGTH_MIN = 5;
export const CODE_LENGTH_MAX = 8;
/** Spellings of one value that share a code; any further one gets a code of its own. */
export const SPELLINGS_MAX = 99;
const WORD_LENGTH_MAX = 16;

const TYPE_WORDS: ReadonlyMap<string, string> = new Map([
  ['email_address', 'EMAIL'],
  ['phone_number', 'PHONE'],
  ['payment_card', 'CARD'],
  ['iban', 'IBAN'],
  ['us_ssn', 'SSN'],
]);

const digitsOnly = (text: string): string => text.replaceAll(/\D/g, '');
const alphanumericUpper = (text: string): string => text.replaceAll(/[^0-9A-Za-z]/g, '').toUpperCase();

/** What two spellings of one value have in common. A kind that is not named here is one value a spelling. */
const CANONICAL_FORMS: ReadonlyMap<string, (text: string) => string> = new Map([
  ['email_address', (text) => text.toLowerCase()],
  ['phone_number', digitsOnly],
  ['payment_card', digitsOnly],
  ['iban', alphanumericUpper],
  ['us_ssn', digitsOnly],
]);

/** The kinds' words that every exchange is searched for, so that a look-alike in a user's text is known before minting. */
export const KNOWN_WORDS: readonly string[] = [...TYPE_WORDS.values()];

/** @returns 1 to 16 upper-case ASCII letters */
export function typeWord(kind: string): string {
  return TYPE_WORDS.get(kind) ?? (kind.replaceAll(/[^A-Za-z]/g, '').toUpperCase().slice(0, WORD_LENGTH_MAX) || 'DATA');
}

/** The value behind a spelling, e.g. a card's digits without its spaces. A form that would be empty is the spelling itself. */
export function canonicalValue(kind: string, text: string): string {
  return CANONICAL_FORMS.get(kind)?.(text) || text;
}

export const placeholderText = (word: string, code: string, spelling: number): string =>
  spelling === 0 ? `[${word}_${code}]` : `[${word}_${code}_${spelling + 1}]`;

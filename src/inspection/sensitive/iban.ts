import { type Recognised, type Scanner } from '../candidate.ts';
import { isAlnumAt, isDigitAt } from '../characters.ts';
import { pairOf } from '../scan.ts';

export const IBAN: Recognised = { kind: 'iban', label: 'personal_data', detector: 'sensitive/iban' };

/** Length by country (ISO 13616; SWIFT's IBAN registry). */
const LENGTHS: Readonly<Record<string, number>> = {
  AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BI: 27, BR: 29, BY: 28, CH: 21, CR: 22, CY: 28, CZ: 24, DE: 22, DJ: 27,
  DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FK: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18, GR: 27, GT: 28, HN: 28, HR: 21, HU: 28,
  IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LC: 32, LI: 21, LT: 20, LU: 20, LV: 21, LY: 25, MC: 27, MD: 24, ME: 22,
  MK: 19, MN: 20, MR: 27, MT: 31, MU: 30, NI: 28, NL: 18, NO: 15, OM: 23, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22, RU: 33, SA: 24,
  SC: 31, SD: 18, SE: 24, SI: 19, SK: 24, SM: 27, SO: 23, ST: 25, SV: 28, TL: 23, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20, YE: 30,
};

/** The check of ISO 7064 MOD 97-10 over an IBAN in capitals without blanks; digits are taken one by one, so no number grows large. */
function passesMod97(iban: string): boolean {
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = parseInt(char, 36);
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97;
  }
  return rest === 1;
}

const isAsciiAlnum = (text: string, at: number): boolean => text.charCodeAt(at) < 128 && isAlnumAt(text, at);

const GROUP = 4;

/** Reads letters and digits, in one piece or in groups of four with single blanks or hyphens, until `length` are there or something else comes. */
function readAccount(text: string, at: number, length: number): { account: string; end: number } {
  let account = '';
  let place = at;
  while (account.length < length) {
    if (isAsciiAlnum(text, place)) account += text.charAt(place++);
    else if (account.length > 0 && account.length % GROUP === 0 && (text.charAt(place) === ' ' || text.charAt(place) === '-') && (place + 1 === text.length || isAsciiAlnum(text, place + 1))) place++;
    else break;
  }
  return { account, end: place };
}

/** An IBAN, in one piece or in groups, woken by a country's two letters at the start of a word. */
const scanIban: Scanner = (text, at, sink) => {
  // Many words begin with a country's letters; the check digits tell most of them apart at once.
  if (!isDigitAt(text, at + 2) || (at + 3 < text.length && !isDigitAt(text, at + 3))) return;
  const length = LENGTHS[text.slice(at, at + 2).toUpperCase()];
  if (length === undefined) return;
  const { account, end } = readAccount(text, at, length);
  if (end >= text.length) sink.open(at);
  if (account.length < length || isAlnumAt(text, end) || !passesMod97(account.toUpperCase())) return;
  sink.found(IBAN, at, end, 0.97);
};

/** The scanner under each country's letters, in capitals and small. */
export const ibanScanners = (): Map<number, Scanner[]> => new Map(Object.keys(LENGTHS).flatMap((country) =>
  [country, country.toLowerCase()].map((pair) => [pairOf(pair.charCodeAt(0), pair.charCodeAt(1)), [scanIban]] as [number, Scanner[]])));

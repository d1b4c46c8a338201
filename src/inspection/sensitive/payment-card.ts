import { type Recognised, type Sink } from '../candidate.ts';
import { isAlnumAt, isDigitAt } from '../characters.ts';
import { passesLuhn } from './luhn.ts';
import { type NumberGroups } from './number-groups.ts';

const PAYMENT_CARD: Recognised = { kind: 'payment_card', label: 'personal_data', detector: 'sensitive/payment_card' };

/** Issuer ranges as first and last prefix of equal length, with the lengths that the network issues (ISO/IEC 7812; the networks' own tables). */
const ISSUERS: readonly { readonly from: number; readonly to: number; readonly prefix: number; readonly lengths: readonly number[] }[] = [
  { from: 4, to: 4, prefix: 1, lengths: [13, 16, 19] },
  { from: 51, to: 55, prefix: 2, lengths: [16] },
  { from: 2221, to: 2720, prefix: 4, lengths: [16] },
  { from: 34, to: 34, prefix: 2, lengths: [15] },
  { from: 37, to: 37, prefix: 2, lengths: [15] },
  { from: 6011, to: 6011, prefix: 4, lengths: [16, 19] },
  { from: 644, to: 649, prefix: 3, lengths: [16, 19] },
  { from: 65, to: 65, prefix: 2, lengths: [16, 19] },
  { from: 300, to: 305, prefix: 3, lengths: [14, 16] },
  { from: 3095, to: 3095, prefix: 4, lengths: [14, 16] },
  { from: 36, to: 36, prefix: 2, lengths: [14, 16] },
  { from: 38, to: 39, prefix: 2, lengths: [14, 16] },
  { from: 3528, to: 3589, prefix: 4, lengths: [16, 19] },
  { from: 62, to: 62, prefix: 2, lengths: [16, 17, 18, 19] },
  { from: 50, to: 50, prefix: 2, lengths: [16, 18, 19] },
  { from: 56, to: 58, prefix: 2, lengths: [16, 18, 19] },
  { from: 60, to: 60, prefix: 2, lengths: [16] },
  { from: 63, to: 63, prefix: 2, lengths: [16, 18, 19] },
  { from: 67, to: 67, prefix: 2, lengths: [16, 18, 19] },
  { from: 2200, to: 2204, prefix: 4, lengths: [16, 17, 18, 19] },
  { from: 9792, to: 9792, prefix: 4, lengths: [16] },
];

/** Whether a network issues cards of this beginning and length. */
function isIssued(digits: string): boolean {
  return ISSUERS.some(({ from, to, prefix, lengths }) => {
    const head = Number(digits.slice(0, prefix));
    return head >= from && head <= to && lengths.includes(digits.length);
  });
}

/** The shortest first group. */
const GROUP_MIN = 4;

/** How numbers are grouped on cards; one group is a number without separators. */
const GROUPINGS: readonly (readonly number[])[] = [[4, 4, 4, 4], [4, 6, 5], [4, 6, 4], [4, 4, 4, 4, 3], [4, 4, 4, 1], [4, 4, 5], [4, 4, 4, 4, 2], [4, 4, 4, 4, 1], [6, 13], [4, 4, 4, 2]];

/** Whether the number that ends at `end` goes on: into a word, or behind a decimal point. */
const goesOn = (text: string, end: number): boolean => isAlnumAt(text, end) || (text.charAt(end) === '.' && isDigitAt(text, end + 1));

/** Whether the number that begins at `start` is the rest of a longer one, or stands behind a decimal point. */
const beganEarlier = (text: string, start: number): boolean =>
  isAlnumAt(text, start - 1) || (['.', '-'].includes(text.charAt(start - 1)) && isDigitAt(text, start - 2));

/** How many leading groups one and the same blank or hyphen joins. */
function evenlyJoined({ separators }: NumberGroups): number {
  const [first] = separators;
  if (first !== ' ' && first !== '-') return 1;
  const other = separators.findIndex((separator) => separator !== first);
  return (other < 0 ? separators.length : other) + 1;
}

const isGrouping = (lengths: readonly number[]): boolean =>
  lengths.length === 1 || GROUPINGS.some((grouping) => grouping.length === lengths.length && grouping.every((length, i) => length === lengths[i]));

/** Reports the number that begins with the first group when it is a card's: grouped like one, issued, and with its check digit. */
export function findPaymentCard(text: string, groups: NumberGroups, sink: Sink): void {
  const start = groups.starts[0] as number;
  if ((groups.lengths[0] as number) < GROUP_MIN || beganEarlier(text, start)) return;
  const groupsMax = Math.min(5, evenlyJoined(groups));
  let taken = 0;
  for (let count = 1; count <= groupsMax; count++) {
    taken += groups.lengths[count - 1] as number;
    const end = groups.ends[count - 1] as number;
    if (taken < 13 || taken > 19 || goesOn(text, end) || !isGrouping(groups.lengths.slice(0, count))) continue;
    const digits = groups.digits.slice(0, taken);
    if (isIssued(digits) && !/^(\d)\1+$/.test(digits) && passesLuhn(digits)) sink.found(PAYMENT_CARD, start, end, count > 1 ? 0.95 : 0.9);
  }
}

import { type Recognised, type Sink } from '../candidate.ts';
import { isAlnumAt, isDigitAt } from '../characters.ts';
import { contextTest } from './context.ts';
import { type NumberGroups } from './number-groups.ts';
import { isTrunkFormat, standingOf } from './phone-plan.ts';

const PHONE_NUMBER: Recognised = { kind: 'phone_number', label: 'personal_data', detector: 'sensitive/phone_number' };

/** The groups that a form takes, and how sure it is. */
interface Reading {
  readonly count: number;
  readonly confidence: number;
}

interface PhoneText {
  readonly groups: NumberGroups;
  /** Digits of the first i groups together. */
  readonly totals: readonly number[];
  /** How many leading groups are joined as telephone numbers are. */
  readonly joined: number;
  readonly plus: boolean;
  /** The first group stands in parentheses. */
  readonly parenthesised: boolean;
  /** Other digits stand in front with only a blank between. */
  readonly amidNumbers: boolean;
  readonly announced: () => boolean;
  /** The first so many groups fill a field: a line, or what stands between commas. */
  readonly alone: (count: number) => boolean;
}

const DIGITS_MAX = 15;
const GROUPS_MAX = 7;
/** Fewer digits in one piece are a count of something more often than a number to call. */
const BARE_MIN = 8;
const JOINTS = new Set([' ', '.', '/', '-', ')', ') ', ').', ')/', ')-', '(', ' (', '.(', '-(', ' - ', ')- ']);
const lengthsOf = ({ groups }: PhoneText, count: number): readonly number[] => groups.lengths.slice(0, count);
const hasShape = (phone: PhoneText, ...shape: number[]): boolean => phone.joined >= shape.length && shape.every((length, i) => phone.groups.lengths[i] === length);

/** `+` and calling code (ITU-T E.123): the longest run of groups that is a valid number, else the longest that could be one. */
function readInternational(phone: PhoneText, digitsFrom: number): Reading | undefined {
  const { groups, totals } = phone;
  let possible: Reading | undefined;
  for (let count = phone.joined; count >= 1; count--) {
    const total = totals[count - 1] as number;
    if (total > DIGITS_MAX + digitsFrom || total < 7 + digitsFrom) continue;
    const standing = standingOf(significant(groups, count).slice(digitsFrom));
    if (standing === 'valid') return { count, confidence: 0.95 };
    if (standing === 'possible') possible ??= { count, confidence: 0.75 };
    else if (total >= 10 && total <= 13) possible ??= { count, confidence: 0.55 };
  }
  return possible;
}

/** The digits without a trunk 0 in parentheses, as in `+49 (0)30 901820`. */
function significant(groups: NumberGroups, count: number): string {
  const total = (groups.ends[count - 1] as number);
  let digits = '';
  let place = 0;
  for (let i = 0; i < count && (groups.ends[i] as number) <= total; i++) {
    const length = groups.lengths[i] as number;
    const group = groups.digits.slice(place, place + length);
    place += length;
    const trunk = group === '0' && (groups.separators[i - 1] ?? '').endsWith('(') && (groups.separators[i] ?? '').startsWith(')');
    if (!trunk) digits += group;
  }
  return digits;
}

const NANP = /^[2-9]\d\d[2-9]\d{6}$/;

/** North American forms: three, three and four digits, with or without the trunk 1 (ATIS-0300055: area and exchange begin with 2 to 9). */
function readNorthAmerican(phone: PhoneText): Reading | undefined {
  const { groups } = phone;
  const trunk = groups.digits.startsWith('1') && hasShape(phone, 1, 3, 3, 4) ? 1 : 0;
  if (trunk === 0 && !hasShape(phone, 3, 3, 4)) return undefined;
  const count = trunk + 3;
  const valid = NANP.test(groups.digits.slice(trunk, trunk + 10));
  const spaced = groups.separators.slice(0, count - 1).every((separator) => separator === ' ');
  if (!spaced) return { count, confidence: valid ? 0.85 : 0.6 };
  const isolated = !phone.amidNumbers && groups.lengths.length === count;
  if (valid && isolated && !/00 \d*00 /.test(`${groups.digits.slice(trunk, trunk + 3)} ${groups.digits.slice(trunk + 3, trunk + 6)} `)) return { count, confidence: 0.6 };
  return phone.announced() ? { count, confidence: 0.75 } : undefined;
}

/** An area code in parentheses: `(08) 9012 3456`, `(11) 91234-5678`. */
function readParenthesised(phone: PhoneText): Reading | undefined {
  const first = phone.groups.lengths[0] as number;
  const isYear = first === 4 && /^(?:19|20)/.test(phone.groups.digits);
  if (!phone.parenthesised || first < 2 || first > 5 || isYear) return undefined;
  for (let count = Math.min(phone.joined, 5); count >= 2; count--) {
    const total = phone.totals[count - 1] as number;
    if (total >= 7 && total <= 12 && !isDate(phone, 1, count)) return { count, confidence: 0.7 };
  }
  return undefined;
}

/** A trunk 0, or the dialling prefix 00 and a calling code. */
function readTrunk(phone: PhoneText): Reading | undefined {
  const { digits, lengths } = phone.groups;
  if (!digits.startsWith('0') || phone.amidNumbers) return undefined;
  if (digits.startsWith('00')) {
    const reading = readInternational(phone, 2);
    return reading !== undefined && reading.confidence > 0.7 && (reading.count > 1 || phone.announced()) ? { count: reading.count, confidence: 0.75 } : undefined;
  }
  for (let count = Math.min(phone.joined, 6); count >= 2; count--) {
    const total = phone.totals[count - 1] as number;
    if (total >= 9 && total <= 12 && !isDate(phone, 0, count) && isTrunkFormat(digits.slice(0, total), lengths.slice(0, count))) return { count, confidence: 0.7 };
  }
  return undefined;
}

/** Behind words that announce it, any grouping that is no date, address or pair of years. */
function readAnnounced(phone: PhoneText): Reading | undefined {
  const { groups, totals } = phone;
  if (phone.amidNumbers) return undefined;
  for (let count = phone.joined; count >= 1; count--) {
    const total = totals[count - 1] as number;
    if (total < (count === 1 ? BARE_MIN : 7) || total > 13 || isDate(phone, 0, count) || isAddress(phone, count) || lengthsOf(phone, count).some((length) => count > 1 && length > 9)) continue;
    if (count === 2 && groups.separators[0] === '.') continue;
    return phone.announced() ? { count, confidence: 0.65 } : undefined;
  }
  return undefined;
}

/** `2026-11-23`, `23.11.2026`, `20261123…`, `2019-2024`. */
function isDate(phone: PhoneText, from: number, count: number): boolean {
  const { lengths, digits } = phone.groups;
  const shape = lengths.slice(from, count).join('-');
  const rest = digits.slice(from === 0 ? 0 : lengths[0]);
  if (/^4-[12]-[12](?:-|$)/.test(shape)) return /^(?:19|20)/.test(rest);
  if (/^[12]-[12]-4(?:-|$)/.test(shape)) return /^\d{2,4}(?:19|20)\d\d/.test(rest);
  if (shape === '4-4') return /^(?:19|20)\d\d(?:19|20)\d\d$/.test(rest.slice(0, 8));
  return /^(?:8|14)$/.test(shape) && /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])/.test(rest);
}

/** Four groups of up to three digits with dots: an Internet address or a version. */
const isAddress = ({ groups }: PhoneText, count: number): boolean =>
  count >= 4 && groups.separators.slice(0, 3).every((separator) => separator === '.') && groups.lengths.slice(0, 4).every((length) => length <= 3);

/** Where the number begins, its `+` and opening parenthesis included. */
function leadIn(text: string, groups: NumberGroups): { start: number; plus: boolean; parenthesised: boolean } {
  const first = groups.starts[0] as number;
  const closes = (groups.separators[0] ?? '').startsWith(')');
  const plus = text.charAt(first - 1) === '+';
  const inner = plus ? first - 1 : first;
  const parenthesised = closes && text.charAt(inner - 1) === '(';
  const start = parenthesised ? inner - 1 : inner;
  return !plus && parenthesised && text.charAt(start - 1) === '+' ? { start: start - 1, plus: true, parenthesised } : { start, plus, parenthesised };
}

/** Whether what stands in front ties the number to a word, an amount, an identifier or a decimal. */
function isTied(text: string, start: number): boolean {
  const before = text.charAt(start - 1);
  if (start === 0) return false;
  if (isAlnumAt(text, start - 1) || '_@#$€£¥%~\\'.includes(before) || (before === '(' && isDigitAt(text, start - 2))) return true;
  return '-./,+'.includes(before) && (isAlnumAt(text, start - 2) || before !== '.');
}

const EXTENSION = /,? ?(?:ext(?:ension)?\.?|x|#) ?:? ?\d{1,6}(?![\dA-Za-z])/iy;
const UNFINISHED_EXTENSION = /,? ?(?:e|ex|(?:ext(?:e|en|ens|ensi|ensio|ension)?\.?|x|#) ?:? ?\d{0,6})?$/iy;
const EXTENSION_MAX = 24;

/** The end with an extension (`x123`, `ext. 4`), or -1 when the number goes on as something else. */
function endWithExtension(text: string, end: number): number {
  EXTENSION.lastIndex = end;
  const extension = EXTENSION.exec(text);
  if (extension !== null) return end + extension[0].length;
  if (isAlnumAt(text, end) || '_@%'.includes(text.charAt(end) || ' ')) return -1;
  const joint = text.charAt(end);
  const goesOn = joint === '-' ? isAlnumAt(text, end + 1) : ['.', '/', ':', ','].includes(joint) && isDigitAt(text, end + 1);
  return goesOn ? -1 : end;
}

function mayExtend(text: string, end: number): boolean {
  if (text.length - end > EXTENSION_MAX) return false;
  UNFINISHED_EXTENSION.lastIndex = end;
  return UNFINISHED_EXTENSION.test(text);
}

/** Standing alone between line ends or commas, in three to five groups of two to four digits; `1 234 567 890` is a quantity. */
function readAlone(phone: PhoneText): Reading | undefined {
  const { lengths, separators } = phone.groups;
  const [separator] = separators;
  const count = lengths.length;
  const total = phone.totals[count - 1] as number;
  if (count < 3 || count > 5 || total < (separator === '-' ? 8 : 9) || total > 11 || (separator !== ' ' && separator !== '-')) return undefined;
  if (separators.some((other) => other !== separator) || lengths.some((length) => length < 2 || length > 4)) return undefined;
  const isQuantity = lengths.slice(1).every((length) => length === 3);
  return isQuantity || isDate(phone, 0, count) || !phone.alone(count) ? undefined : { count, confidence: 0.5 };
}

const FORMS = [readNorthAmerican, readParenthesised, readTrunk, readAnnounced, readAlone];

const FIELD_ENDS = '\n\r\t,;|<>';

/** Whether a place stands at a field's border: a line end, comma, bar or tab, with at most one blank between. */
function bordersField(text: string, at: number, step: -1 | 1): boolean {
  const place = text.charAt(at) === ' ' ? at + step : at;
  return place < 0 || place >= text.length || FIELD_ENDS.includes(text.charAt(place));
}

function joinedGroups({ separators, lengths }: NumberGroups): number {
  const odd = separators.findIndex((separator) => !JOINTS.has(separator));
  return Math.min(odd < 0 ? lengths.length : odd + 1, GROUPS_MAX);
}

function totalsOf(lengths: readonly number[]): number[] {
  let total = 0;
  return lengths.map((length) => (total += length));
}

/** Reports the telephone number that begins with the first group, with its `+`, parenthesis and extension. */
export function phoneFinder(words: readonly string[]) {
  const announcedAt = contextTest(words);
  return (text: string, groups: NumberGroups, sink: Sink): void => {
    const { start, plus, parenthesised } = leadIn(text, groups);
    if (isTied(text, start)) return;
    const phone: PhoneText = {
      groups, plus, parenthesised,
      totals: totalsOf(groups.lengths),
      joined: joinedGroups(groups),
      amidNumbers: text.charAt(start - 1) === ' ' && isDigitAt(text, start - 2),
      announced: () => announcedAt(text, start),
      alone: (count) => bordersField(text, start - 1, -1) && bordersField(text, groups.ends[count - 1] as number, 1),
    };
    let reading: Reading | undefined;
    if (plus) reading = readInternational(phone, 0);
    else for (const read of FORMS) if ((reading = read(phone)) !== undefined) break;
    if (reading === undefined) return;
    const bareEnd = groups.ends[reading.count - 1] as number;
    if (mayExtend(text, bareEnd)) sink.open(start);
    const end = endWithExtension(text, bareEnd);
    if (end > 0) sink.found(PHONE_NUMBER, start, end, reading.confidence);
  };
}

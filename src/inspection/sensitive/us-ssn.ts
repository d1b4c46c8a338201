import { type Recognised, type Sink } from '../candidate.ts';
import { isAlnumAt, isDigitAt } from '../characters.ts';
import { contextTest } from './context.ts';
import { type NumberGroups } from './number-groups.ts';

const US_SSN: Recognised = { kind: 'us_ssn', label: 'personal_data', detector: 'sensitive/us_ssn' };

/** Area, group and serial as the Social Security Administration assigns them (no 000, 666 or 9xx; no 00; no 0000). */
const ASSIGNED = /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/;

/** Whether a digit, letter or joining sign ties the number to something longer. */
const tiedAt = (text: string, at: number, towards: -1 | 1): boolean =>
  isAlnumAt(text, at) || text.charAt(at) === '_' || (['-', '.', '/'].includes(text.charAt(at)) && isDigitAt(text, at + towards));

/** `536-90-4399`; with blanks, dots or no separators only behind words that announce it. */
export function ssnFinder(words: readonly string[]) {
  const announced = contextTest(words);
  return (text: string, { digits, lengths, separators, starts, ends }: NumberGroups, sink: Sink): void => {
    const start = starts[0] as number;
    const [first, second, third] = lengths;
    const grouped = first === 3 && second === 2 && third === 4 && separators[0] === separators[1];
    const bare = first === 9;
    if (!grouped && !bare) return;
    const end = ends[bare ? 0 : 2] as number;
    if (tiedAt(text, start - 1, -1) || tiedAt(text, end, 1) || !ASSIGNED.test(digits.slice(0, 9))) return;
    if (text.charAt(start - 1) === '-') return;
    const usual = grouped && separators[0] === '-';
    if (usual) sink.found(US_SSN, start, end, 0.85);
    else if ((bare || [' ', '.'].includes(separators[0] as string)) && announced(text, start)) sink.found(US_SSN, start, end, 0.8);
  };
}

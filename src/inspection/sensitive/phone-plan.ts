import metadata from 'libphonenumber-js/metadata.min';

/** What the numbering plans of the countries say, read from the metadata of libphonenumber as positions in arrays. */
interface Country {
  /** The whole national significant number. */
  readonly pattern: RegExp;
  readonly lengths: readonly number[];
}

type RawFormat = readonly [pattern: string, format: string, leadingDigits?: readonly string[], nationalPrefixRule?: string | 0];
type RawCountry = readonly [callingCode: string, idd: string, pattern: string, lengths: readonly number[], formats?: readonly RawFormat[] | 0, nationalPrefix?: string | 0];

const raw = metadata as unknown as {
  readonly country_calling_codes: Readonly<Record<string, readonly string[]>>;
  readonly countries: Readonly<Record<string, RawCountry>>;
};

const byCallingCode = new Map<string, readonly Country[]>();

/** The plans under a calling code; none for a code that is not assigned. Built when first asked for. */
function plansOf(callingCode: string): readonly Country[] | undefined {
  const names = raw.country_calling_codes[callingCode];
  if (names === undefined) return undefined;
  let plans = byCallingCode.get(callingCode);
  if (plans === undefined) {
    plans = names.flatMap((name) => {
      const country = raw.countries[name];
      return country === undefined ? [] : [{ pattern: new RegExp(`^(?:${country[2]})$`), lengths: country[3] }];
    });
    byCallingCode.set(callingCode, plans);
  }
  return plans;
}

export type Standing = 'valid' | 'possible' | 'impossible';

/**
 * How an international number stands in the plan of its country (ITU-T E.164: calling code of one to three digits, then the national
 * number).
 *
 * @param digits calling code and national significant number
 */
export function standingOf(digits: string): Standing {
  for (let size = 1; size <= 3; size++) {
    const plans = plansOf(digits.slice(0, size));
    if (plans === undefined) continue;
    const national = digits.slice(size);
    const fitting = plans.filter(({ lengths }) => lengths.includes(national.length));
    if (fitting.some(({ pattern }) => pattern.test(national))) return 'valid';
    return fitting.length > 0 ? 'possible' : 'impossible';
  }
  return 'impossible';
}

/** Countries whose national form begins with a trunk 0, by how often their numbers are met in the wild. */
const TRUNK_COUNTRIES = ['GB', 'FR', 'DE', 'NL', 'BE', 'CH', 'AT', 'SE', 'FI', 'IE', 'AU', 'NZ', 'ZA', 'JP', 'KR', 'IN', 'TR', 'IL', 'RO', 'BG', 'HR', 'SI', 'SK', 'UA', 'CN', 'TW', 'MY', 'TH', 'ID', 'PH', 'VN', 'EG', 'NG', 'KE', 'BR', 'AR'];

interface TrunkFormat {
  readonly number: RegExp;
  readonly leading: RegExp | undefined;
}

/** Formats by the lengths of their groups, the trunk 0 counted in: `3-4-4`. */
let trunkFormats: Map<string, TrunkFormat[]> | undefined;

/** The group lengths that a format's pattern allows: `(\d{2})(\d{3,4})` gives 2-3 and 2-4. */
function shapesOf(pattern: string): number[][] {
  let shapes: number[][] = [[]];
  for (const [, from, to] of pattern.matchAll(/\(\\d(?:\{(\d+)(?:,(\d+))?\})?\)/g)) {
    const first = Number(from ?? 1);
    const lengths = Array.from({ length: Number(to ?? first) - first + 1 }, (_, i) => first + i);
    shapes = shapes.flatMap((shape) => lengths.map((length) => [...shape, length]));
  }
  return shapes;
}

function buildTrunkFormats(): Map<string, TrunkFormat[]> {
  const formats = new Map<string, TrunkFormat[]>();
  for (const name of TRUNK_COUNTRIES) {
    const country = raw.countries[name];
    const number = country === undefined ? undefined : new RegExp(`^(?:${country[2]})$`);
    if (country === undefined || number === undefined || country[4] === undefined || country[4] === 0) continue;
    for (const [pattern, , leadingDigits] of country[4]) {
      const last = leadingDigits?.at(-1);
      const leading = last === undefined ? undefined : new RegExp(`^(?:${last})`);
      for (const [first = 0, ...rest] of shapesOf(pattern)) {
        const key = [first + 1, ...rest].join('-');
        formats.set(key, [...(formats.get(key) ?? []), { number, leading }]);
      }
    }
  }
  return formats;
}

/** Whether a number with trunk 0 is grouped and made as some country's plan has it: `020 7946 0958`, `01 42 68 53 00`. */
export function isTrunkFormat(digits: string, lengths: readonly number[]): boolean {
  trunkFormats ??= buildTrunkFormats();
  const national = digits.slice(1);
  return trunkFormats.get(lengths.join('-'))?.some(({ number, leading }) => number.test(national) && (leading === undefined || leading.test(national))) ?? false;
}

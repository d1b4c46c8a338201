/** Numbers and times as the console writes them. Pure; an absent value is a dash. */

const LOCALE = 'en-GB';
const ABSENT = '–';
const whole = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });

type Maybe = number | null | undefined;

export function formatCount(value: Maybe): string {
  return value === null || value === undefined ? ABSENT : whole.format(value);
}

/** Of integer micro-units: `$0.000023`, `€12.50`. */
export function formatMoney({ microUnits, currency }: { readonly microUnits: number; readonly currency: string }): string {
  return new Intl.NumberFormat(LOCALE, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: 6 }).format(microUnits / 1_000_000);
}

/** For axes and tight places: `12.3K`. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** Share of a whole. Something is never written as 0 %, and not everything never as 100 %. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return ABSENT;
  const percent = (part / whole) * 100;
  if (part > 0 && percent < 0.1) return '<0.1 %';
  if (part < whole && percent > 99.9) return '>99.9 %';
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`;
}

/** Three significant digits at most: `412 µs`, `3.4 ms`, `1.24 s`. */
export function formatMicros(micros: Maybe): string {
  if (micros === null || micros === undefined) return ABSENT;
  if (micros < 1000) return `${Math.round(micros)} µs`;
  if (micros < 10_000) return `${(micros / 1000).toFixed(1)} ms`;
  if (micros < 999_500) return `${Math.round(micros / 1000)} ms`;
  if (micros < 60_000_000) return `${(micros / 1_000_000).toFixed(2)} s`;
  return `${(micros / 60_000_000).toFixed(1)} min`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: Maybe): string {
  if (bytes === null || bytes === undefined) return ABSENT;
  const unit = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), BYTE_UNITS.length - 1);
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[unit] ?? ''}`;
}

const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const clockMinutes = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });

const valid = (at: string | null | undefined): Date | undefined => {
  const date = new Date(at ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
};

/** Time of day with seconds in the reader's zone, with the day when it is not today. */
export function formatClock(at: string, now: Date = new Date()): string {
  const date = valid(at);
  if (date === undefined) return ABSENT;
  return date.toDateString() === now.toDateString() ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export function formatFull(at: string | null | undefined): string {
  const date = valid(at);
  return date === undefined ? ABSENT : full.format(date);
}

/** A tick of a time axis: the hour within a day, else the day as well. */
export function formatTick(at: string, stepSeconds: number): string {
  const date = valid(at);
  if (date === undefined) return '';
  return stepSeconds >= 3600 ? `${day.format(date)} ${clockMinutes.format(date)}` : clockMinutes.format(date);
}

const AGES: readonly (readonly [limitSeconds: number, unitSeconds: number, unit: string])[] = [
  [60, 1, 's'], [3600, 60, 'min'], [86_400, 3600, 'h'], [Infinity, 86_400, 'd'],
];

/** `12 s ago`, `in 3 d`; within two seconds `now`. */
export function formatAge(at: string | null | undefined, now: Date = new Date()): string {
  const date = valid(at);
  if (date === undefined) return ABSENT;
  const seconds = (now.getTime() - date.getTime()) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 2) return 'now';
  const [, unitSeconds, unit] = AGES.find(([limit]) => distance < limit) ?? [Infinity, 86_400, 'd'];
  const text = `${Math.floor(distance / unitSeconds)} ${unit}`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

/** `email_address` → `e-mail address`: machine words as people say them. */
export function formatKind(kind: string): string {
  return KIND_WORDS[kind] ?? kind.replaceAll('_', ' ');
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  email_address: 'e-mail address',
  us_ssn: 'US social security number',
  iban: 'IBAN',
  aws_access_key_id: 'AWS access key id',
  github_token: 'GitHub token',
  personal_data: 'personal data',
  jwt: 'JSON web token',
};

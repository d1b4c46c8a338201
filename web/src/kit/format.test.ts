import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatClock, formatKind, formatMicros, formatShare } from './format.ts';

const now = new Date('2026-11-23T12:00:00.000Z');

describe('formatShare', () => {
  it.each([
    [0, 10, '0 %'], [10, 10, '100 %'], [1, 3, '33.3 %'], [1, 1_000_000, '<0.1 %'], [999_999, 1_000_000, '>99.9 %'], [0, 0, '–'],
  ])('%d of %d is %s', (part, whole, text) => {
    expect(formatShare(part, whole)).toBe(text);
  });
});

describe('formatMicros', () => {
  it.each([
    [0, '0 µs'], [412.4, '412 µs'], [3400, '3.4 ms'], [52_400, '52 ms'], [999_499, '999 ms'], [999_500, '1.00 s'], [1_240_000, '1.24 s'], [90_000_000, '1.5 min'],
    [null, '–'], [undefined, '–'],
  ])('%s µs is %s', (micros, text) => {
    expect(formatMicros(micros)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([[0, '0 B'], [1023, '1023 B'], [1024, '1.0 KiB'], [1536, '1.5 KiB'], [1024 ** 3, '1.0 GiB'], [1024 ** 6, '1048576 TiB']])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatAge', () => {
  it.each([
    ['2026-11-23T11:59:59.000Z', 'now'], ['2026-11-23T11:59:30.000Z', '30 s ago'], ['2026-11-23T11:00:00.000Z', '1 h ago'], ['2026-11-20T11:00:00.000Z', '3 d ago'],
    ['2026-11-23T12:05:00.000Z', 'in 5 min'], ['nonsense', '–'], [null, '–'],
  ])('%s is %s', (at, text) => {
    expect(formatAge(at, now)).toBe(text);
  });
});

describe('formatClock', () => {
  it('adds the day only when it is not today', () => {
    expect(formatClock(now.toISOString(), now)).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(formatClock('2026-11-20T12:00:00.000Z', now)).toMatch(/^20 Nov \d\d:\d\d:\d\d$/);
  });
});

describe('formatKind', () => {
  it('writes machine words as people say them', () => {
    expect(formatKind('email_address')).toBe('e-mail address');
    expect(formatKind('private_key')).toBe('private key');
  });
});

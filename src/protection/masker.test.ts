import { type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, deriveApplicationKey, type Masker, type MaskSpan } from './index.ts';

const KEY = deriveApplicationKey(new Uint8Array(32).fill(7), 'application one');
const PLACEHOLDER = /^\[EMAIL_[2-9A-HJ-NP-Z]{5}\]$/;

const masker = (overrides: Partial<Parameters<typeof createMasker>[0]> = {}): Masker =>
  createMasker({ key: KEY, conversation: 'Hello there', occupied: [], ...overrides });

const spanOf = (text: string, value: string, kind = 'email_address', from = 0): MaskSpan => {
  const start = text.indexOf(value, from);
  return { start, end: start + value.length, kind };
};
const maskOne = (by: Masker, value: string, kind = 'email_address'): string => by.mask(value, [{ start: 0, end: value.length, kind }]);

describe('createMasker', () => {
  it('writes a typed placeholder and leaves the rest of the text alone', () => {
    const text = 'Write to ada@example.com, please.';
    const masked = masker().mask(text, [spanOf(text, 'ada@example.com')]);
    expect(masked).toMatch(/^Write to \[EMAIL_[2-9A-HJ-NP-Z]{5}\], please\.$/);
  });

  it.each([
    ['email_address', 'EMAIL'], ['phone_number', 'PHONE'], ['payment_card', 'CARD'], ['iban', 'IBAN'], ['us_ssn', 'SSN'],
    ['aws_access_key_id', 'AWSACCESSKEYID'], ['123', 'DATA'],
  ])('names %s as %s', (kind, word) => {
    expect(maskOne(masker(), 'value', kind)).toMatch(new RegExp(`^\\[${word}_[2-9A-Z]{5}\\]$`));
  });

  it('gives a value the same placeholder in every call of a conversation', () => {
    expect(maskOne(masker(), 'ada@example.com')).toBe(maskOne(masker(), 'ada@example.com'));
    const one = masker();
    expect(maskOne(one, 'ada@example.com')).toBe(maskOne(one, 'ada@example.com'));
    expect(one.minted).toBe(1);
    expect(one.replaced).toBe(2);
  });

  it('does not depend on what else the exchange holds', () => {
    const busy = masker();
    maskOne(busy, 'bob@example.com');
    expect(maskOne(busy, 'ada@example.com')).toBe(maskOne(masker(), 'ada@example.com'));
  });

  it('cannot be linked between values, conversations, applications and kinds', () => {
    const other = deriveApplicationKey(new Uint8Array(32).fill(7), 'application two');
    const codes = [
      maskOne(masker(), 'ada@example.com'),
      maskOne(masker(), 'bob@example.com'),
      maskOne(masker({ conversation: 'Hello you' }), 'ada@example.com'),
      maskOne(masker({ key: other }), 'ada@example.com'),
      maskOne(masker(), 'ada@example.com', 'phone_number'),
    ].map((placeholder) => placeholder.slice(-6, -1));
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('marks a second spelling of the same value, and gives each back as it was written', () => {
    const text = 'Ada@Example.com, ada@example.com and ADA@example.com';
    const values = text.split(/, | and /);
    const by = masker();
    const masked = by.mask(text, values.map((value) => spanOf(text, value)));
    const [first, second, third] = masked.split(/, | and /);
    expect(first).toMatch(PLACEHOLDER);
    expect(second).toBe(first?.replace(']', '_2]'));
    expect(third).toBe(first?.replace(']', '_3]'));
    expect(by.restorer().restore(masked)).toBe(text);
    expect(by.restorer().restore(`${second}`.replaceAll(/[[\]]/g, ''))).toBe('ada@example.com');
  });

  it('keeps every one of very many spellings apart', () => {
    const spellings = Array.from({ length: 300 }, (_, i) => `4111${'  '.repeat(i)}111111111111`);
    const by = masker();
    const masked = spellings.map((value) => maskOne(by, value, 'payment_card'));
    expect(new Set(masked).size).toBe(spellings.length);
    expect(masked.map((text) => by.restorer().restore(text))).toEqual(spellings);
  });

  it('gives up no two values to one placeholder, however many there are', () => {
    const by = masker();
    const values = Array.from({ length: 20_000 }, (_, i) => `person${i}@example.com`);
    const masked = values.map((value) => maskOne(by, value));
    expect(new Set(masked).size).toBe(values.length);
    expect(masked.every((text, i) => by.restorer().restore(text) === values[i])).toBe(true);
  });

  it('never mints a placeholder that stands in the texts of the exchange', () => {
    const usual = maskOne(masker(), 'ada@example.com');
    for (const lookalike of [usual, usual.toLowerCase(), usual.slice(1, -1), usual.replace('_', ' - '), `x${usual.slice(1, -1)}QQ`]) {
      const by = masker({ occupied: ['nothing', `I write ${lookalike} myself`] });
      const masked = maskOne(by, 'ada@example.com');
      expect(masked).not.toBe(usual);
      expect(by.restorer().restore(`${masked} and ${lookalike}`)).toBe(`ada@example.com and ${lookalike}`);
    }
  });

  it('masks the union of spans that overlap and ignores what lies outside', () => {
    const by = masker();
    const masked = by.mask('secret text here', [
      { start: 3, end: 11, kind: 'iban' }, { start: 0, end: 6, kind: 'email_address' }, { start: 40, end: 50, kind: 'iban' }, { start: 5, end: 5, kind: 'iban' },
    ]);
    expect(masked).toMatch(/^\[EMAIL_.{5}\] here$/);
    expect(by.restorer().restore(masked)).toBe('secret text here');
  });

  it('masks in linear time', () => {
    const value = 'ada@example.com ';
    const text = value.repeat(60_000);
    const spans = Array.from({ length: 60_000 }, (_, i) => ({ start: i * value.length, end: (i + 1) * value.length - 1, kind: 'email_address' }));
    const started = performance.now();
    const by = masker({ occupied: [text, '[EMAIL_'.repeat(100_000)] });
    const masked = by.mask(text, spans);
    expect(by.restorer().restore(masked)).toBe(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

/** Text made of what could confuse the scanner: brackets, type words, separators, code signs, half surrogate pairs. */
const awkwardText = fc.array(
  fc.oneof(
    fc.constantFrom('[', ']', '\\', '_', ' ', 'EMAIL', 'email_', 'CARD', '[CARD_', 'SSN-', '7KQ2M', '2', '\ud83d', '\ude00', '😀', '(', '*', "'s", ':'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  ),
  { maxLength: 30 },
).map((pieces) => pieces.join(''));

const spansFor = fc.array(
  fc.record({ start: fc.integer({ min: -2, max: 60 }), length: fc.nat(20), kind: fc.constantFrom('email_address', 'payment_card', 'us_ssn', 'other') }),
  { maxLength: 8 },
).map((spans) => spans.map(({ start, length, kind }) => ({ start, end: start + length, kind })));

describe('masking and restoring', () => {
  it('is the identity on any text and any spans', () => {
    fc.assert(fc.property(awkwardText, spansFor, fc.string({ maxLength: 10 }), (text, spans, conversation) => {
      const by = masker({ occupied: [text], conversation });
      expect(by.restorer().restore(by.mask(text, spans))).toBe(text);
    }), { numRuns: 2_000 });
  });

  it('is the identity on text that holds placeholders of earlier turns', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('ada@example.com', 'bob@example.com', 'Ada@example.com'), { maxLength: 6 }), awkwardText, (values, glue) => {
      const earlier = masker();
      const literal = values.map((value) => maskOne(earlier, value)).join(glue);
      const text = `${literal}${glue}${values.join(' ')}`;
      const by = masker({ occupied: [text] });
      let from = literal.length + glue.length;
      const spans = values.map((value) => {
        const span = spanOf(text, value, 'email_address', from);
        from = span.end;
        return span;
      });
      expect(by.restorer().restore(by.mask(text, spans))).toBe(text);
    }), { numRuns: 500 });
  });

  it('leaves no masked value in the text', () => {
    fc.assert(fc.property(awkwardText, fc.stringMatching(/^[a-z]{3,8}@qq\.example$/), awkwardText, (before, value, after) => {
      const text = `${before}${value}${after}`;
      const masked = masker({ occupied: [text] }).mask(text, [{ start: before.length, end: before.length + value.length, kind: 'email_address' }]);
      expect(masked).not.toContain(value);
    }));
  });
});

describe('deriveApplicationKey', () => {
  it('gives 32 bytes that differ by application and by masking key', () => {
    const keys = [deriveApplicationKey(new Uint8Array(32), 'a'), deriveApplicationKey(new Uint8Array(32), 'b'), deriveApplicationKey(new Uint8Array(32).fill(1), 'a')];
    expect(keys.every((key) => key.symmetricKeySize === 32)).toBe(true);
    expect(new Set(keys.map((key) => key.export().toString('hex'))).size).toBe(3);
    expect(deriveApplicationKey(new Uint8Array(32), 'a').equals(keys[0] as KeyObject)).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, deriveApplicationKey, escapeForJson, type Restorer } from './index.ts';

const KEY = deriveApplicationKey(new Uint8Array(32).fill(9), 'application');
const EMAIL = 'Ada.Lovelace@example.com';
const CARD = '4111 1111 1111 1111';

/** A restorer that knows an address and a card, and how their placeholders read without brackets. */
function exchange(): { restorer: Restorer; email: string; card: string } {
  const masker = createMasker({ key: KEY, conversation: 'c', occupied: [] });
  const inner = (value: string, kind: string): string => masker.mask(value, [{ start: 0, end: value.length, kind }]).slice(1, -1);
  return { email: inner(EMAIL, 'email_address'), card: inner(CARD, 'payment_card'), restorer: masker.restorer() };
}
const { email, card } = exchange();
const [word, code] = email.split('_') as [string, string];

describe('restore', () => {
  it.each([
    [`[${email}]`, EMAIL],
    [`Write to [${email}] or [${card}].`, `Write to ${EMAIL} or ${CARD}.`],
    [`[${email}][${card}]`, `${EMAIL}${CARD}`],
    [`[${email.toLowerCase()}]`, EMAIL],
    [`[${word.toLowerCase()}_${code}]`, EMAIL],
    [email, EMAIL],
    [`${email}.`, `${EMAIL}.`],
    [`(${email})`, `(${EMAIL})`],
    [`<${email}>`, `<${EMAIL}>`],
    [`**[${email}]**`, `**${EMAIL}**`],
    [`_${email}_`, `_${EMAIL}_`],
    [`\`[${email}]\``, `\`${EMAIL}\``],
    [`[${word} ${code}]`, EMAIL],
    [`[${word}-${code}]`, EMAIL],
    [`[${word}: ${code}]`, EMAIL],
    [`[${word}${code}]`, EMAIL],
    [`[${word}\u00a0${code}]`, EMAIL],
    [`\\[${word}\\_${code}\\]`, EMAIL],
    [`${word}\\_${code}`, EMAIL],
    [`[${email}]'s and ${email}’s`, `${EMAIL}'s and ${EMAIL}’s`],
    [`[[${email}]]`, `[${EMAIL}]`],
    [`[[${email}](mailto:[${email}])]`, `[${EMAIL}(mailto:${EMAIL})]`],
    [`[${email}, ${card}]`, `[${EMAIL}, ${CARD}]`],
    [`Email: ${email}`, `Email: ${EMAIL}`],
    [`EMAIL ${email}`, `EMAIL ${EMAIL}`],
    [`C:\\[${email}]`, `C:\\${EMAIL}`],
    [`[${email}`, `[${EMAIL}`],
  ])('%s', (answer, restored) => {
    expect(exchange().restorer.restore(answer)).toBe(restored);
  });

  it.each([
    `[${email}X]`, `[X${email}]`, `X${email}`, `${email}X`, `[${word}_${code.slice(0, 4)}]`, `[PHONE_${code}]`, `[${word}_${code.split('').reverse().join('')}Z]`,
    `[${word}_]`, `[${word}]`, code, `[${code}]`, `[${word}      ${code}]`, '[EMAIL_22222]', 'email', '[', '',
  ])('leaves %s as it is', (answer) => {
    const { restorer } = exchange();
    expect(restorer.restore(answer)).toBe(answer);
    expect(restorer.count()).toBe(0);
  });

  it('counts what it restored', () => {
    const { restorer } = exchange();
    restorer.restore(`[${email}] ${card} [EMAIL_22222]`);
    const stream = restorer.stream();
    stream.push(`${email}`);
    stream.end();
    expect(restorer.count()).toBe(3);
  });

  it('does not read a restored value again', () => {
    const masker = createMasker({ key: KEY, conversation: 'c', occupied: [] });
    const inner = masker.mask(EMAIL, [{ start: 0, end: EMAIL.length, kind: 'email_address' }]);
    const outer = masker.mask(inner, [{ start: 0, end: inner.length, kind: 'iban' }]);
    expect(masker.restorer().restore(outer)).toBe(inner);
  });

  it('writes a value into JSON so that it stays one string', () => {
    const value = 'say "hi"\\\n\u2028';
    const masker = createMasker({ key: KEY, conversation: 'c', occupied: [] });
    const args = `{"to":"${masker.mask(value, [{ start: 0, end: value.length, kind: 'person' }])}"}`;
    expect(JSON.parse(masker.restorer().restore(args, escapeForJson))).toEqual({ to: value });
  });
});

/** Cuts a text at the given places and feeds it piece by piece. */
function streamed(restorer: Restorer, text: string, cuts: readonly number[]): string {
  const stream = restorer.stream();
  const places = [...new Set(cuts.map((cut) => (text.length === 0 ? 0 : cut % (text.length + 1))))].sort((a, b) => a - b);
  let output = '';
  let from = 0;
  for (const place of [...places, text.length]) {
    output += stream.push(text.slice(from, place));
    from = place;
  }
  return output + stream.end();
}

const answerText = fc.array(
  fc.oneof(
    fc.constantFrom(`[${email}]`, email, email.toLowerCase(), `[${card}]`, `\\[${card.replace('_', '\\_')}\\]`, `[${email}`, `${email}_2`, `${word}_`, word, code),
    fc.constantFrom('[', ']', '\\', '_', ' ', '-', ':', 'E', 'C', 'x', '7', '😀', '\ud83d', '\u200b', '\n', '(', ')'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  ),
  { maxLength: 25 },
).map((pieces) => pieces.join(''));

describe('stream', () => {
  it('gives what restore gives for the whole, however the text is cut', () => {
    fc.assert(fc.property(answerText, fc.array(fc.nat(400), { maxLength: 40 }), (text, cuts) => {
      expect(streamed(exchange().restorer, text, cuts)).toBe(exchange().restorer.restore(text));
    }), { numRuns: 3_000 });
  });

  it('gives the same when it arrives one character at a time', () => {
    fc.assert(fc.property(answerText, (text) => {
      expect(streamed(exchange().restorer, text, Array.from(text, (_, i) => i))).toBe(exchange().restorer.restore(text));
    }), { numRuns: 500 });
  });

  it('lets ordinary words through at once', () => {
    const stream = exchange().restorer.stream();
    expect(stream.push('The answer is yes, and ')).toBe('The answer is yes, and ');
    expect(stream.held).toBe(0);
  });

  it('holds back a possible placeholder and no more', () => {
    const stream = exchange().restorer.stream();
    expect(stream.push('to [')).toBe('to ');
    expect(stream.push(`${word}_`)).toBe('');
    expect(stream.push(code)).toBe('');
    expect(stream.held).toBe(1 + email.length);
    expect(stream.push('] now')).toBe(`${EMAIL} now`);
  });

  it('never holds back more than the longest form of a placeholder', () => {
    fc.assert(fc.property(answerText, (text) => {
      const stream = exchange().restorer.stream();
      for (const character of text) {
        stream.push(character);
        expect(stream.held).toBeLessThanOrEqual(32);
      }
    }), { numRuns: 300 });
  });

  it('passes everything through at once when nothing was minted', () => {
    const stream = createMasker({ key: KEY, conversation: 'c', occupied: [] }).restorer().stream();
    expect(stream.push(`[${word}_`)).toBe(`[${word}_`);
    expect(stream.end()).toBe('');
  });

  it.each(['[', '\\[', '[EMAIL_', 'EMAIL ', 'E', `${email}_`, '\\', 'EMAIL____', `[${email}`])('takes linear time on %s repeated', (unit) => {
    const text = unit.repeat(Math.ceil(500_000 / unit.length));
    const time = (work: () => void): number => {
      const started = performance.now();
      work();
      return performance.now() - started;
    };
    expect(time(() => exchange().restorer.restore(text))).toBeLessThan(1_000);
    const stream = exchange().restorer.stream();
    expect(time(() => {
      for (let i = 0; i < text.length; i += 20) stream.push(text.slice(i, i + 20));
    })).toBeLessThan(1_500);
  });
});

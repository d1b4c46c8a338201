import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInspector } from './inspector.ts';
import { exampleText, readPacks } from './sensitive/packs.ts';
import { createStreamInspector } from './stream.ts';

const inspector = createInspector({ disabled: [] });
const { tokens, assignments, coded } = readPacks();

/** What makes scanners begin, look far, and give up. */
const SEEDS = [
  '1', '1 ', '4111-', '(1', '+1 ', '+1 2 3 4 5 6 7 8 9 ', '555-', '0 ', '00', '+(', ')(', '0123 456789 ', '1.1.', '4111 1111 1111 1112 ', '555-123-4567 ', '+44 20 7946 0958 e', 'call 1 2 3 4 5 6 7 8 9 0 ',
  '@', 'a@', 'a@a.', 'a.', 'a@b.c', "a'", 'a-', `${'a'.repeat(63)}.`, `${'a'.repeat(64)}@`,
  'GB82', 'GB82 ', 'GB00 0000 ', 'ghp_', 'sk-', 'sk-a', 'eyJ', 'eyJa.', 'eyJaaaaaaaaaaaaa.eyJ', 'xoxs-1-', 'glpat-', 'SG.', 'AKIA', '~', 'Q~', '0Q~', ':AA', '1:AA', '12345678:AA', 'hooks.slack.com/services/',
  '-', '-----', '-----BEGIN ', '-----BEGIN RSA ', '-----BEGIN A A A A ', 'password=', 'password: ', 'password="', 'password = "a', 'token:', 'secret=secret=', '=', ':', '://', '://a:', '://a:b', 'is ', 'password is ', 'a is is ',
  '\u200b', '1\u200b', '\u200b\u200b', '４', '\ud83d', '\udc00', '\u00a0', '–', ' ', '\n', '\t', 'é', '请', '"', "'", '\\', '%', '#', '.', 'x', 'ext', 'phone ', 'ssn ',
  ...[...coded, ...tokens, ...assignments].flatMap(({ positive }) => positive.map(exampleText)),
];

/** CPU time in milliseconds, so that other processes count for little. */
function milliseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

describe('hostile text', () => {
  it('never throws, whatever it holds', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      inspector.inspect(text);
      inspector.settledLength(text);
    }), { numRuns: 1000 });
  });

  it.each(SEEDS)('takes linear time for %j repeated to 150,000 characters', (seed) => {
    const text = seed.repeat(Math.ceil(150_000 / seed.length));
    inspector.inspect(text.slice(0, 20_000));
    const whole = milliseconds(() => inspector.inspect(text));
    // A quadratic scanner needs minutes here; text that is dense with true matches needs most of what is allowed.
    expect(whole).toBeLessThan(500);
  });

  it('a stream of tiny pieces of it stays linear', () => {
    for (const seed of ['1 ', 'a@', 'password="', '-----BEGIN ', 'eyJ', '(']) {
      const stream = createStreamInspector(inspector);
      expect(milliseconds(() => {
        for (let i = 0; i < 4000; i++) stream.push(seed);
        stream.end();
      })).toBeLessThan(2000);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Label } from '../shapes.ts';
import { type Candidate } from './candidate.ts';
import { createInspector, type Inspector } from './inspector.ts';
import { exampleText, readPacks } from './sensitive/packs.ts';
import { createStreamInspector } from './stream.ts';

const inspector = createInspector({ disabled: [] });
const { tokens, assignments, coded } = readPacks();
const examples = [...coded, ...tokens, ...assignments].flatMap(({ positive, negative = [] }) => [...positive, ...negative]).map(exampleText);

/** Pieces from which recognisers' borders are made: what they look for, cut anywhere, between what joins and separates. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...examples) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...examples), fc.nat(), fc.nat()).map(([text, a, b]) => text.slice(a % text.length, b % (text.length + 1))) },
  { weight: 4, arbitrary: fc.constantFrom(' ', '\n', '  ', '-', '.', ',', ':', '=', '"', "'", '(', ')', '+', '/', '@', '_', 'ext. ', ' x', '#', 'is ', 'password is ', 'password="', 'Phone: ', 'SSN ', '00', '0', '1', '\u200b', '\u00a0', '４', '–', '\ud83d', 'é', '请') },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 99_999_999 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom('the', 'call', 'order number', 'token', 'api_key', 'https', 'BEGIN', 'PRIVATE', 'KEY', 'GB82', 'a') },
);
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));

function feed(chunks: readonly string[]) {
  const stream = createStreamInspector(inspector);
  const settled = [...chunks.map((chunk) => stream.push(chunk)), stream.end()];
  return { text: settled.map((part) => part.text).join(''), matches: settled.flatMap((part) => part.matches), parts: settled };
}

function cut(whole: string, places: readonly number[]): string[] {
  const sorted = [0, ...places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return sorted.slice(1).map((end, i) => whole.slice(sorted[i], end));
}

describe('a stream', () => {
  it('remembers a candidate that lost in released text, for those in the text to come that lose to it', () => {
    const candidate = (start: number, end: number, label: Label): Candidate => ({ what: { kind: 'x', label, detector: 'sensitive/x' }, start, end, confidence: 0.5 });
    const all = [candidate(0, 10, 'secret'), candidate(8, 14, 'personal_data'), candidate(12, 16, 'personal_data')];
    const offsetOf = (text: string) => 'abcdefghijklmnopqrst'.indexOf(text);
    const fake: Inspector = {
      ...inspector,
      examine(buffer, from) {
        const offset = offsetOf(buffer);
        const seen = all.filter(({ start, end }) => start >= offset + from && end <= offset + buffer.length);
        return { candidates: seen.map((one) => ({ ...one, start: one.start - offset, end: one.end - offset })), openFrom: Math.min(12 - offset, buffer.length) };
      },
    };
    const stream = createStreamInspector(fake);
    expect(stream.push('abcdefghijklmn')).toEqual({ text: 'abcdefghijkl', matches: [expect.objectContaining({ start: 0, end: 10 })] });
    stream.push('opqrst');
    expect(stream.end().matches).toEqual([]);
  });

  it('gives the text and the matches of the whole, however it is cut', () => {
    fc.assert(fc.property(text, fc.array(fc.nat(), { maxLength: 12 }), (whole, places) => {
      const fed = feed(cut(whole, places));
      expect(fed.text).toBe(whole);
      expect(fed.matches).toEqual(inspector.inspect(whole));
    }), { numRuns: 2000 });
  });

  it('gives the same character by character', () => {
    fc.assert(fc.property(text, (whole) => {
      expect(feed(whole.split('')).matches).toEqual(inspector.inspect(whole));
    }), { numRuns: 400 });
  });

  it('holds back no more than maxMatch, and lets no match straddle two pieces', () => {
    fc.assert(fc.property(text, (whole) => {
      const stream = createStreamInspector(inspector);
      let sent = 0;
      let received = 0;
      for (const character of whole) {
        sent += character.length;
        const { text: released, matches } = stream.push(character);
        for (const { start, end } of matches) expect(start >= received && end <= received + released.length).toBe(true);
        received += released.length;
        expect(sent - received).toBeLessThanOrEqual(inspector.maxMatch);
      }
    }), { numRuns: 200 });
  });

  it('settles what no continuation changes', () => {
    fc.assert(fc.property(text, text, (head, tail) => {
      const settled = inspector.settledLength(head);
      const within = inspector.inspect(head).filter(({ end }) => end <= settled);
      const whole = inspector.inspect(head + tail);
      expect(whole.filter(({ end }) => end <= settled)).toEqual(within);
      expect(whole.filter(({ start, end }) => start < settled && end > settled)).toEqual([]);
    }), { numRuns: 2000 });
  });

  it('holds back no more of prose than its last word', () => {
    const prose = 'The meeting was moved to the second floor because the projector there works (so they say), and nobody minded much. ';
    const stream = createStreamInspector(inspector);
    let held = 0;
    for (const character of prose) held += 1 - stream.push(character).text.length, expect(held).toBeLessThanOrEqual('projector'.length);
  });
});

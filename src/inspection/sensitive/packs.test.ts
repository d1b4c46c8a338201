import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAX_CANDIDATE_LENGTH, MAX_LOOK_BEHIND } from '../candidate.ts';
import { ALNUM, classOf, TOKEN } from '../characters.ts';
import { readPacks } from './packs.ts';

const described = { kind: z.string().regex(/^[a-z][a-z0-9_]+$/), description: z.string().min(5), positive: z.array(z.string()).min(1), negative: z.array(z.string()).optional() };
const extent = z.enum(['whole', 'head']).optional();
const form = z.strictObject({ literal: z.string().min(2).or(z.literal('~')), back: z.array(z.int().min(1).max(MAX_LOOK_BEHIND)).optional(), pattern: z.string(), entropy: z.number().min(3) });
const shape = z.strictObject({
  tokens: z.array(z.strictObject({ ...described, extent, forms: z.array(form).min(1) })),
  assignments: z.array(z.strictObject({ ...described, name: z.string(), value: z.string(), entropy: z.number() })),
  coded: z.array(z.strictObject({ ...described, label: z.enum(['personal_data', 'secret']), extent, context: z.array(z.string()).optional() })),
});

const packs = readPacks();
const forms = packs.tokens.flatMap(({ kind, forms: list }) => list.map((entry) => ({ kind, ...entry })));

/** The longest text that a pattern can match: every atom once, repeats at their most. Patterns here are flat, with groups at most optional. */
function longest(pattern: string): number {
  let text = pattern.replace(/\(\?(?:<!|<=|!|=)(?:\[[^\]]*\]|\\.|[^()])*\)/g, '');
  let total = 0;
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/\((?:\?:)?([^()]*)\)(\?|\{(\d+)\})?/, (_, inner: string, __, times?: string) => {
      total += Math.max(...inner.split('|').map(flatLength)) * Number(times ?? 1);
      return '';
    });
  }
  return total + flatLength(text);
}

function flatLength(text: string): number {
  let total = 0;
  for (const { groups } of text.matchAll(/(?:\[[^\]]*\]|\\.|[^{}?+*])(?:\{(?:\d+,)?(?<most>\d*)\}|(?<sign>[?+*]))?/g)) {
    const { most, sign } = groups ?? {};
    total += sign === '+' || sign === '*' || most === '' ? MAX_CANDIDATE_LENGTH : Number(most ?? 1);
  }
  return total;
}

describe('the packs', () => {
  it('have the shape that the engine reads', () => {
    expect(() => shape.parse(packs)).not.toThrow();
  });

  it('hold at least the twenty secret formats that are promised', () => {
    expect(new Set([...packs.tokens, ...packs.assignments].map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(20);
  });

  it.each(forms)('$kind: $literal is bounded, holds no blank, and agrees with its literal', ({ literal, back, pattern }) => {
    expect(longest(pattern)).toBeLessThan(MAX_CANDIDATE_LENGTH);
    // A class that is negated or holds blanks could reach beyond the token that a stream holds back.
    expect(pattern).not.toMatch(/\\[sSWD]|\[\^| /);
    expect(pattern.replace(/\[[^\]]*\]/g, '')).not.toMatch(/(?<!\\)\./);
    for (const character of literal) expect(classOf(character.charCodeAt(0)) & TOKEN).toBe(TOKEN);
    if (back === undefined) expect(classOf(literal.charCodeAt(0)) & ALNUM).not.toBe(0);
    expect(() => new RegExp(pattern, 'y')).not.toThrow();
  });
});

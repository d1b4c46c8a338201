import { expect, it } from 'vitest';
import { loosens } from './policy-modes.ts';

type Force = Parameters<typeof loosens>[0];
const force = (mode: Force['mode'], sharePercent: number): Force => ({ mode, sharePercent });

it.each([
  { from: force('enforce', 100), to: force('observe', 0), expected: true },
  { from: force('enforce', 100), to: force('share', 99), expected: true },
  { from: force('share', 50), to: force('share', 49), expected: true },
  { from: force('share', 10), to: force('observe', 10), expected: true },
  { from: force('observe', 0), to: force('share', 5), expected: false },
  { from: force('share', 50), to: force('share', 50), expected: false },
  { from: force('share', 50), to: force('enforce', 0), expected: false },
  { from: force('observe', 80), to: force('observe', 0), expected: false },
])('$from to $to loosens: $expected', ({ from, to, expected }) => {
  expect(loosens(from, to)).toBe(expected);
});

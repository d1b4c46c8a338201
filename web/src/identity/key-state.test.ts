import { expect, it } from 'vitest';
import { keyState } from './key-state.ts';

const now = new Date('2026-11-23T12:00:00.000Z');

it.each([
  [null, null, 'active'],
  [null, '2026-11-23T12:00:01.000Z', 'active'],
  [null, '2026-11-23T12:00:00.000Z', 'expired'],
  ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z', 'revoked'],
  ['2026-11-01T00:00:00.000Z', null, 'revoked'],
] as const)('revoked %s, expires %s: %s', (revokedAt, expiresAt, state) => {
  expect(keyState({ revokedAt, expiresAt }, now)).toBe(state);
});

import { validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { fromPublicId, idTime, newId, newIdAfter, toPublicId } from './ids.ts';

describe('ids', () => {
  it('are UUIDv7, unlike each other, and sort in the order in which they were made', () => {
    const before = Date.now();
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
    expect(idTime(ids[0]!).getTime()).toBeGreaterThanOrEqual(before);
    expect(idTime(ids.at(-1)!).getTime()).toBeLessThanOrEqual(Date.now() + 1);
    // The last 48 bits are chance alone: none of them stands still.
    const tails = ids.map((id) => BigInt(`0x${id.slice(24)}`));
    expect(tails.reduce((all, tail) => all | tail, 0n)).toBe(0xffff_ffff_ffffn);
    expect(new Set(tails).size).toBe(ids.length);
  });

  it('can be made to sort after one from the future', () => {
    const future = '0f000000-0000-7000-8000-000000000000';
    expect(newIdAfter(future) > future).toBe(true);
  });

  it('come back from the form that the API shows, and only with their prefix', () => {
    const id = newId();
    expect(fromPublicId('app', toPublicId('app', id))).toBe(id);
    expect(() => fromPublicId('key', toPublicId('app', id))).toThrow();
    expect(() => fromPublicId('app', 'app_nonsense')).toThrow();
  });
});

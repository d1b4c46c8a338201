import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOrder } from './balance.ts';

describe('the order of upstreams', () => {
  const choice = fc.record({ priority: fc.integer({ min: 0, max: 3 }), weight: fc.integer({ min: 1, max: 1_000 }) });

  it('loses and repeats none, and never puts a later priority first', () => {
    fc.assert(fc.property(fc.array(choice, { maxLength: 8 }), fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (choices, dice) => {
      const ordered = drawOrder(choices, () => dice.next().value as number);
      expect(new Set(ordered)).toEqual(new Set(choices));
      expect(ordered).toHaveLength(choices.length);
      expect(ordered.map(({ priority }) => priority)).toEqual(choices.map(({ priority }) => priority).sort((a, b) => a - b));
    }));
  });

  it('gives each its share', () => {
    const heavy = { priority: 0, weight: 3 };
    const light = { priority: 0, weight: 1 };
    let seed = 1;
    // A linear congruential generator (Numerical Recipes), so that the test draws the same each time.
    const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    const first = Array.from({ length: 10_000 }, () => drawOrder([light, heavy], random)[0]);
    expect(first.filter((drawn) => drawn === heavy).length / first.length).toBeCloseTo(0.75, 1);
  });
});

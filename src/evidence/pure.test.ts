import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idTime, newId } from '#platform/ids.ts';
import { firstIdAt, partitionsFor } from './days.ts';
import { bucketOf, quantileMicros } from './latency-histogram.ts';
import { addedMicros, stepStart } from './roll-up.ts';
import { toJsonb } from './to-jsonb.ts';

describe('the latency histogram', () => {
  it('tells any quantile to a fifth', () => {
    const durations = fc.array(fc.integer({ min: 64, max: 1_000_000_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99, 1), (micros, quantile) => {
      const counts = new Map<number, number>();
      for (const value of micros) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
      const exact = micros.toSorted((a, b) => a - b)[Math.ceil(micros.length * quantile) - 1] ?? 0;
      const told = quantileMicros(counts, quantile) ?? 0;
      expect(told).toBeGreaterThanOrEqual(exact / 1.2);
      expect(told).toBeLessThanOrEqual(exact * 1.2);
    }));
  });

  it('takes whatever a clock may say', () => {
    for (const micros of [-1, 0, 63, Number.NaN]) expect(bucketOf(micros)).toBe(0);
    expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(100);
    expect(quantileMicros(new Map(), 0.5)).toBeNull();
  });
});

describe('days', () => {
  it('cut ids where their time does', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 47 }), (ms) => {
      expect(idTime(firstIdAt(ms)).getTime()).toBe(ms);
    }));
    const id = newId();
    expect(firstIdAt(idTime(id).getTime()) < id).toBe(true);
    expect(firstIdAt(idTime(id).getTime() + 1) > id).toBe(true);
  });

  it('are made for the days around now alone, each once', () => {
    const now = Date.parse('2026-11-23T12:00:00Z');
    expect(partitionsFor([now, now + 1, Date.parse('2026-11-24T00:00:00Z')], now).map(({ name }) => name)).toEqual(['exchange_d20261123', 'exchange_d20261124']);
    expect(partitionsFor([0, now - 61 * 86_400_000, now + 3 * 86_400_000, 2 ** 48], now)).toEqual([]);
    expect(partitionsFor(Array.from({ length: 10_000 }, (_, n) => n * 86_400_000), now).length).toBeLessThan(70);
  });
});

describe('roll-ups', () => {
  it('put an instant into the step that holds it', () => {
    expect(stepStart('2026-11-23T12:07:59.999Z', 900)).toBe('2026-11-23T12:00:00.000Z');
    expect(stepStart('2026-11-23T12:15:00.000Z', 900)).toBe('2026-11-23T12:15:00.000Z');
  });

  it('count as added what was not the upstream’s', () => {
    expect(addedMicros({ total: 1_000, dispatch: 700, answer: 100 })).toBe(200);
    expect(addedMicros({ total: 1_000 })).toBeUndefined();
    expect(addedMicros({ total: 1_000, dispatch: 2_000 })).toBe(0);
  });
});

describe('toJsonb', () => {
  it('leaves nothing that PostgreSQL cannot store, and everything else as it is', () => {
    fc.assert(fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = toJsonb(value);
      expect(text).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/);
      const stays = !/\\u(?:0000|d[89a-f])/.test(JSON.stringify(value));
      if (stays) expect(text).toBe(JSON.stringify(value));
    }));
    expect(toJsonb({ a: 'x\0y\ud800', b: '\\u0000' })).toBe('{"a":"x\uFFFDy\uFFFD","b":"\\\\u0000"}');
  });
});

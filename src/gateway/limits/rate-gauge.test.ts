import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLocalCounters, type Counters } from './counters.ts';
import { createRateGauge } from './rate-gauge.ts';

/** Counts that many gauges share, each call of which takes as long as the schedule says. */
function sharedBy(counters: Counters, scheduler?: fc.Scheduler): Counters {
  const add: Counters['add'] = (...count) => (scheduler === undefined ? counters.add(...count) : scheduler.schedule(Promise.resolve()).then(() => counters.add(...count)));
  return { ...counters, isShared: true, add };
}

describe('rate gauge', () => {
  it('lets through exactly the limit, then says when the window ends', async () => {
    const gauge = createRateGauge({ counters: createLocalCounters(), name: 'n', seconds: 60, now: () => performance.now() });
    const waits = [];
    for (let call = 0; call < 5; call++) waits.push(await gauge.take(1, 3));
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    expect(waits[4]).toBeGreaterThan(59_000);
    expect(waits[4]).toBeLessThanOrEqual(60_000);
  });

  it('begins anew with the next window', async () => {
    const gauge = createRateGauge({ counters: createLocalCounters(), name: 'n', seconds: 1, now: () => performance.now() });
    expect(await gauge.take(1, 1)).toBe(0);
    const wait = await gauge.take(1, 1);
    await new Promise((resolve) => { setTimeout(resolve, wait + 5); });
    expect(await gauge.take(1, 1)).toBe(0);
  });

  it('never hands out more than the limit, however calls of several processes interleave', async () => {
    const calls = fc.array(fc.record({ gauge: fc.nat(2), amount: fc.integer({ min: 1, max: 40 }), used: fc.nat(40) }), { minLength: 5, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 300 }), calls, async (scheduler, limit, takes) => {
        const counters = sharedBy(createLocalCounters(), scheduler);
        const gauges = Array.from({ length: 3 }, () => createRateGauge({ counters, name: 'n', seconds: 60, now: () => 0 }));
        let used = 0;
        let refused = 0;
        const all = Promise.all(takes.map(async ({ gauge: index, amount, used: wish }) => {
          const gauge = gauges[index]!;
          if ((await gauge.take(amount, limit)) > 0) {
            refused++;
            return;
          }
          const really = Math.min(amount, wish);
          used += really;
          gauge.giveBack(amount - really, limit);
        }));
        await scheduler.waitFor(all);
        expect(used).toBeLessThanOrEqual(limit);
        if (takes.reduce((sum, { amount }) => sum + amount, 0) <= limit / 4) expect(refused).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves little unused where several share', async () => {
    const counters = sharedBy(createLocalCounters());
    const gauges = Array.from({ length: 4 }, () => createRateGauge({ counters, name: 'n', seconds: 60, now: () => performance.now() }));
    let passed = 0;
    for (let call = 0; call < 2_000; call++) if ((await gauges[call % 4]!.take(1, 1_000)) === 0) passed++;
    expect(passed).toBe(1_000);
  });

  it('keeps to its share where the shared count says that it does not know the others', async () => {
    const gauge = createRateGauge({ counters: createLocalCounters(() => 4), name: 'n', seconds: 60, now: () => performance.now() });
    let passed = 0;
    for (let call = 0; call < 20; call++) if ((await gauge.take(1, 8)) === 0) passed++;
    expect(passed).toBe(2);
  });
});

import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { LimitEntry } from '../../shapes.ts';
import { createLeaseKeeper, type LeaseBudgets } from './lease-keeper.ts';
import type { Binding } from './plan.ts';

const log = pino({ level: 'silent' });
const budget = (amount: number): Binding => {
  const entry: LimitEntry = { id: 'b', name: 'budget', scope: 'installation', subject: null, measure: 'money', amount, period: 'day', currency: 'USD', unknownPrice: 'refuse' };
  return { entry, subject: '', name: 'b:' };
};

/** Control's rule of granting (limits-admin/lease-budgets.ts), in memory. */
function createControl(amount: number) {
  const rows = new Map<string, { granted: number; sequence: number }>();
  const lease: LeaseBudgets = async ({ instance, leases }) =>
    leases.map(({ period, spent, wanted, sequence }) => {
      const key = `${instance} ${period}`;
      const known = rows.get(key);
      if (known !== undefined && known.sequence >= sequence) return known.granted;
      const others = [...rows].filter(([other]) => other !== key && other.endsWith(period)).reduce((sum, [, { granted }]) => sum + granted, 0);
      const granted = Math.max(spent, Math.min(wanted, amount - others));
      rows.set(key, { granted, sequence });
      return granted;
    });
  return { lease, granted: () => [...rows.values()].reduce((sum, { granted }) => sum + granted, 0) };
}

describe('lease keeper', () => {
  it('spends the whole budget and no more, and asks for a slice at a time', async () => {
    const control = createControl(1_000);
    let asked = 0;
    const keeper = createLeaseKeeper({ lease: (request) => { asked++; return control.lease(request); }, instance: 'i', now: () => Date.now(), log });
    const { ledger, ensure } = keeper.accountOf(budget(1_000));
    for (let call = 0; call < 200; call++) {
      if (!ledger.reserve(5) && (await ensure(5)) !== 'granted') break;
      else if (ledger.free >= 5) ledger.reserve(5);
      ledger.settle(5, 5);
    }
    expect(ledger.spent).toBeLessThanOrEqual(1_000);
    expect(asked).toBeGreaterThan(50);
  });

  it('spends what it holds while control is away, and then says that it is away', async () => {
    const control = createControl(1_000);
    let isAway = false;
    const keeper = createLeaseKeeper({ lease: (request) => (isAway ? Promise.reject(new Error('away')) : control.lease(request)), instance: 'i', now: () => Date.now(), log });
    const { ledger, ensure } = keeper.accountOf(budget(1_000));
    expect(await ensure(1)).toBe('granted');
    isAway = true;
    const held = ledger.free;
    expect(held).toBe(11);
    for (let unit = 0; unit < held; unit++) expect(ledger.reserve(1)).toBe(true);
    expect(ledger.reserve(1)).toBe(false);
    expect(await ensure(1)).toBe('away');
  });

  it('gives back what it did not spend, so that others can', async () => {
    const control = createControl(100);
    const first = createLeaseKeeper({ lease: control.lease, instance: 'first', now: () => Date.now(), log });
    const account = first.accountOf(budget(100));
    expect(await account.ensure(90)).toBe('granted');
    account.ledger.reserve(90);
    account.ledger.settle(90, 30);
    await first.close();
    expect(control.granted()).toBe(30);
    expect(account.ledger.free).toBe(0);
  });

  it('keeps what is spent beyond a reservation owed until it is covered', async () => {
    const control = createControl(100);
    const keeper = createLeaseKeeper({ lease: control.lease, instance: 'i', now: () => Date.now(), log });
    const { ledger, ensure } = keeper.accountOf(budget(100));
    await ensure(50);
    ledger.reserve(50);
    ledger.settle(50, 120);
    expect(ledger.free).toBe(0);
    expect(await ensure(1)).toBe('spent');
    expect(control.granted()).toBe(120);
  });

  it('never overspends, however calls, answers, losses and ends of gateways interleave', async () => {
    const call = fc.record({ gateway: fc.nat(2), reserved: fc.integer({ min: 1, max: 30 }), used: fc.nat(30), isLost: fc.boolean(), closes: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 400 }), fc.array(call, { minLength: 5, maxLength: 50 }), async (scheduler, amount, calls) => {
        const control = createControl(amount);
        const binding = budget(amount);
        let lose = false;
        const lease: LeaseBudgets = async (request) => {
          const isAnswerLost = lose;
          await scheduler.schedule(Promise.resolve());
          const granted = await control.lease(request);
          await scheduler.schedule(Promise.resolve());
          if (isAnswerLost) throw new Error('the answer was lost');
          return granted;
        };
        const keepers = ['a', 'b', 'c'].map((instance) => createLeaseKeeper({ lease, instance, now: () => 0, log }));
        let spent = 0;
        const all = Promise.all(calls.map(async ({ gateway, reserved, used, isLost, closes }) => {
          await scheduler.schedule(Promise.resolve());
          lose = isLost;
          const keeper = keepers[gateway]!;
          if (closes === 0) await keeper.close();
          const { ledger, ensure } = keeper.accountOf(binding);
          if (!ledger.reserve(reserved)) {
            await ensure(reserved);
            if (!ledger.reserve(reserved)) return;
          }
          await scheduler.schedule(Promise.resolve());
          const really = Math.min(used, reserved);
          ledger.settle(reserved, really);
          spent += really;
        }));
        await scheduler.waitFor(all);
        expect(spent).toBeLessThanOrEqual(amount);
        expect(control.granted()).toBeLessThanOrEqual(amount);
      }),
      { numRuns: 200 },
    );
  });
});

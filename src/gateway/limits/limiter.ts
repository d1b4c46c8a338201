/** The limits of a gateway: what outlives an exchange and a snapshot. */
import type { Clock } from '#platform/clock.ts';
import { newId } from '#platform/ids.ts';
import type { Log } from '#platform/log.ts';
import type { Principal } from '../../shapes.ts';
import { createLocalCounters, type Counters } from './counters.ts';
import { createLeaseKeeper, type LeaseBudgets } from './lease-keeper.ts';
import { createMeter, type Meter } from './meter.ts';
import type { Binding, LimitPlan } from './plan.ts';
import { createRateGauge, type RateGauge } from './rate-gauge.ts';

export interface Limiter {
  /** @param exchange its id */
  meter(plan: LimitPlan, principal: Principal, exchange: string): Meter;
  /** Gives back what is held of budgets, and lets the shared counters go. */
  close(): Promise<void>;
}

export interface LimiterNeeds {
  /** Counts of this process alone when undefined. */
  readonly counters: Counters | undefined;
  readonly leaseBudgets: LeaseBudgets | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const SECONDS = { second: 1, minute: 60, hour: 3_600 } as const;
const REPORT_MS = 5_000;
const noControl: LeaseBudgets = () => Promise.reject(new Error('This gateway has no control to ask.'));

export function createLimiter({ counters = createLocalCounters(), leaseBudgets = noControl, clock, log }: LimiterNeeds): Limiter {
  const leases = createLeaseKeeper({ lease: leaseBudgets, instance: newId(), now: () => clock.now(), log });
  const reporting = setInterval(() => void leases.report(), REPORT_MS);
  reporting.unref();
  const gauges = new Map<string, RateGauge>();
  const gaugeOf = ({ name, entry }: Binding): RateGauge => {
    const seconds = SECONDS[entry.period as keyof typeof SECONDS];
    const key = `${name}:${seconds}`;
    let gauge = gauges.get(key);
    if (gauge === undefined) gauges.set(key, (gauge = createRateGauge({ counters, name: key, seconds, now: () => performance.now() })));
    return gauge;
  };
  return {
    meter: (plan, principal, exchange) => createMeter({ counters, leases, gaugeOf, plan, bindings: plan.bindingsOf(principal), exchange }),
    async close() {
      clearInterval(reporting);
      await Promise.all([leases.close(), counters.close()]);
    },
  };
}

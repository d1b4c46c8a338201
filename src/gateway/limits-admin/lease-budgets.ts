import type { Clock } from '#platform/clock.ts';
import type { Database } from '#platform/database/index.ts';
import type { BudgetLease, BudgetLeaseAnswer, BudgetLeaseRequest } from '../protocol.ts';
import { findLease, grantedToOthers, lockLimit, storeLease } from './store.ts';
import type { LimitTables } from './tables.ts';

export interface LeaseNeeds {
  readonly database: Database<LimitTables>;
  readonly clock: Clock;
}

/**
 * Grants a run of a gateway what it would like to hold of budgets, as far as others leave it. What is granted to all runs in a period
 * never exceeds the budget; a run that dies keeps what it held until the period ends, because nobody knows what it spent of it.
 * A budget that does not exist (any more) grants nothing beyond what is spent.
 */
export async function leaseBudgets(needs: LeaseNeeds, gateway: string, { instance, leases }: BudgetLeaseRequest): Promise<BudgetLeaseAnswer> {
  const granted: number[] = [];
  // A transaction each: two gateways that ask for the same budgets in another order must not wait for each other.
  for (const lease of leases) granted.push(await leaseOne(needs, { gateway, instance }, lease));
  return { granted };
}

async function leaseOne({ database, clock }: LeaseNeeds, run: { gateway: string; instance: string }, lease: BudgetLease): Promise<number> {
  const { limit: usage_limit, subject, period, spent, wanted, sequence } = lease;
  const key = { usage_limit, subject, period, instance: run.instance };
  return database.transaction(async (tx) => {
    const limit = await lockLimit(tx, usage_limit);
    if (limit === undefined) return spent;
    const known = await findLease(tx, key);
    if (known !== undefined && known.sequence >= sequence) return known.granted;
    const free = limit.amount - (await grantedToOthers(tx, key));
    const granted = Math.max(spent, Math.min(wanted, free));
    await storeLease(tx, { ...key, gateway: run.gateway, granted, spent, sequence, updated_at: new Date(clock.now()).toISOString() });
    return granted;
  });
}

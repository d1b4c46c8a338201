/** The limits of a snapshot, made ready: which of them bind a caller is computed once for each. */
import type { LimitEntry, LimitsSection, Principal } from '../../shapes.ts';
import { createPriceTable, type PriceTable } from './prices.ts';

/** A limit as it binds one caller. */
export interface Binding {
  readonly entry: LimitEntry;
  /** The key, application or installation whose count it is: plain id, empty for the installation. */
  readonly subject: string;
  /** Names the count: the same for all who share it. */
  readonly name: string;
}

export interface Bindings {
  readonly concurrency: readonly Binding[];
  /** Counted over a window of seconds to hours. */
  readonly rates: readonly Binding[];
  /** Spent by the day or month. */
  readonly budgets: readonly Binding[];
}

export interface LimitPlan {
  /** @returns undefined when nothing binds */
  bindingsOf(principal: Principal): Bindings | undefined;
  readonly priceOf: PriceTable;
}

export function createLimitPlan({ limits, prices }: LimitsSection): LimitPlan {
  const known = new Map<string, Bindings | undefined>();
  return {
    bindingsOf(principal) {
      if (limits.length === 0) return undefined;
      // A key belongs to one application, so that it stands for both. Keys are of the snapshot: there is no end of them to fear.
      if (!known.has(principal.keyId)) known.set(principal.keyId, bind(limits, principal));
      return known.get(principal.keyId);
    },
    priceOf: createPriceTable(prices),
  };
}

function bind(limits: readonly LimitEntry[], principal: Principal): Bindings | undefined {
  const bindings = limits.flatMap((entry) => bindOne(entry, principal) ?? []);
  if (bindings.length === 0) return undefined;
  const isBudget = ({ entry }: Binding) => entry.period === 'day' || entry.period === 'month';
  return {
    concurrency: bindings.filter(({ entry }) => entry.measure === 'concurrency'),
    rates: bindings.filter((binding) => binding.entry.measure !== 'concurrency' && !isBudget(binding)),
    budgets: bindings.filter(isBudget),
  };
}

function bindOne(entry: LimitEntry, { keyId, applicationId }: Principal): Binding | undefined {
  const subject = { key: keyId, application: applicationId, installation: '' }[entry.scope];
  return entry.subject === null || entry.subject === subject ? { entry, subject, name: `${entry.id}:${subject}` } : undefined;
}

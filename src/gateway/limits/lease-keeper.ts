/** Keeps a gateway's slices of budgets: asks control for more, tells it what was spent, and gives back what is left at the end. */
import type { Log } from '#platform/log.ts';
import type { LimitEntry } from '../../shapes.ts';
import type { BudgetLeaseRequest } from '../protocol.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { periodOf } from './period.ts';
import type { Binding } from './plan.ts';

/** Asks control. Rejects when it is away. @returns what may be spent in all, in the order of the request */
export type LeaseBudgets = (request: BudgetLeaseRequest) => Promise<readonly number[]>;

/** `spent`: nothing is left of the budget. `away`: what is held does not do, and control cannot be asked. */
export type LeaseAnswer = 'granted' | 'spent' | 'away';

export interface Account {
  readonly ledger: Ledger;
  /** Asks control for so much, unless it is free already. Never rejects. */
  ensure(amount: number): Promise<LeaseAnswer>;
}

export interface LeaseKeeper {
  /** The account of a budget in the period that it is. */
  accountOf(binding: Binding): Account;
  /** Tells control what was spent since the last time. Never rejects. */
  report(): Promise<void>;
  /** Gives back what is held. Never rejects. */
  close(): Promise<void>;
}

export interface LeaseKeeperNeeds {
  readonly lease: LeaseBudgets;
  /** UUID of this run of the gateway: what an earlier run held is not ours. */
  readonly instance: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

interface Held {
  entry: LimitEntry;
  readonly subject: string;
  readonly period: string;
  readonly ledger: Ledger;
  /** What control knows to be spent. */
  told: number;
  sequence: number;
  /** What those who wait need together. */
  needed: number;
  asking: Promise<LeaseAnswer> | undefined;
  /** What control said last, and how long that is believed without asking again. */
  refusal: { readonly answer: LeaseAnswer; readonly until: number };
}

/** A gateway takes this part of a budget at a time. */
const SLICES = 100;
/** A caller waits no longer for control. */
const WAIT_MS = 2_000;
const BELIEVE_MS = 1_000;
const NO_REFUSAL = { answer: 'granted', until: 0 } as const;

export function createLeaseKeeper(needs: LeaseKeeperNeeds): LeaseKeeper {
  const { now } = needs;
  const accounts = new Map<string, Held>();
  const currentPeriod = ({ period }: LimitEntry): string => periodOf(period === 'day' ? 'day' : 'month', now());
  const isOver = ({ entry, period }: Held): boolean => currentPeriod(entry) !== period;

  const heldOf = ({ entry, subject, name }: Binding): Held => {
    const period = currentPeriod(entry);
    let held = accounts.get(`${name} ${period}`);
    if (held === undefined) {
      held = { entry, subject, period, ledger: createLedger(), told: 0, sequence: 0, needed: 0, asking: undefined, refusal: NO_REFUSAL };
      accounts.set(`${name} ${period}`, held);
    }
    // The budget may have been changed: what was said of the old one no longer counts.
    if (held.entry !== entry) Object.assign(held, { entry, refusal: NO_REFUSAL });
    return held;
  };
  const hasNews = (held: Held): boolean => held.ledger.spent !== held.told || isOver(held);
  /** One question at a time for each account. @param to what to hold in the end */
  const tellAll = async (isDue: (held: Held) => boolean, to: (held: Held) => number): Promise<void> => {
    for (const [key, held] of accounts) {
      if (!isDue(held)) continue;
      await held.asking;
      const wanted = held.ledger.lower(to(held));
      const answer = await once(held, () => tell(needs, held, wanted).then(() => 'granted', () => 'away'));
      if (answer === 'granted' && isOver(held) && held.ledger.reserved === 0) accounts.delete(key);
    }
  };
  return {
    accountOf(binding) {
      const held = heldOf(binding);
      return { ledger: held.ledger, ensure: (amount) => ensure(needs, held, amount) };
    },
    report: () => tellAll(hasNews, (held) => (isOver(held) ? 0 : held.ledger.ceiling)),
    close: () => tellAll(() => true, () => 0),
  };
}

async function ensure(needs: LeaseKeeperNeeds, held: Held, amount: number): Promise<LeaseAnswer> {
  held.needed += amount;
  try {
    // What is under way may have been asked before we came, so that there may be a second question.
    for (let turn = 0; turn < 2 && held.ledger.free < amount; turn++) {
      if (needs.now() < held.refusal.until) return held.refusal.answer;
      const answer = await within(WAIT_MS, once(held, () => ask(needs, held)));
      if (answer === 'away') return answer;
    }
    return held.ledger.free < amount ? 'spent' : 'granted';
  } finally {
    held.needed -= amount;
  }
}

function once(held: Held, question: () => Promise<LeaseAnswer>): Promise<LeaseAnswer> {
  held.asking ??= question().finally(() => { held.asking = undefined; });
  return held.asking;
}

async function ask(needs: LeaseKeeperNeeds, held: Held): Promise<LeaseAnswer> {
  const { ledger, entry, needed } = held;
  const refuse = (answer: LeaseAnswer): LeaseAnswer => {
    held.refusal = { answer, until: needs.now() + BELIEVE_MS };
    return answer;
  };
  try {
    await tell(needs, held, Math.max(ledger.ceiling, ledger.spent + ledger.reserved + needed + Math.ceil(entry.amount / SLICES)));
    return ledger.free >= needed ? 'granted' : refuse('spent');
  } catch (error) {
    needs.log.warn({ err: error, limit: entry.name }, 'control was asked for a part of a budget and gave no answer');
    return refuse('away');
  }
}

/** Declares what is spent and what we would like to hold in all; to say it twice does no harm. */
async function tell({ lease, instance }: LeaseKeeperNeeds, held: Held, wanted: number): Promise<void> {
  const { ledger, entry, subject, period } = held;
  const { spent } = ledger;
  held.sequence += 1;
  const [granted = 0] = await lease({ instance, leases: [{ limit: entry.id, subject, period, spent, wanted: Math.max(wanted, spent), sequence: held.sequence }] });
  held.told = spent;
  ledger.grant(granted);
}

async function within(ms: number, answer: Promise<LeaseAnswer>): Promise<LeaseAnswer> {
  const late = Promise.withResolvers<LeaseAnswer>();
  const timer = setTimeout(() => late.resolve('away'), ms);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The limits of one exchange: places and rates when it is admitted, budgets before it is dispatched, the true amounts when it ends. */
import type { ClosedRecord, LimitEntry, PriceEntry } from '../../shapes.ts';
import type { Counters, Place } from './counters.ts';
import type { Account, LeaseAnswer, LeaseKeeper } from './lease-keeper.ts';
import { LimitRefusal } from './limit-refusal.ts';
import type { Binding, Bindings, LimitPlan } from './plan.ts';
import { costOf, type Tokens } from './prices.ts';
import type { RateGauge } from './rate-gauge.ts';

export interface Meter {
  /** Takes a place and counts the request. @throws LimitRefusal */
  admit(): Promise<void>;
  /** Counts tokens and sets aside what the call may cost. @throws LimitRefusal */
  reserve(call: Call): Promise<void>;
  /** The answer has so many characters by now. @throws LimitRefusal when the budget ends amid it */
  grew(chars: number): void;
  /**
   * Ends the exchange; a second call changes nothing.
   * @returns its cost, where the price is known
   */
  settle(end: CallEnd): ClosedRecord['cost'];
}

export interface CallEnd {
  /** What the upstream says that it used; what it does not say is estimated. */
  readonly usage: Partial<Tokens> | undefined;
  /** Whether the upstream took the call on. */
  readonly isBilled: boolean;
  readonly answerBytes: number;
}

/** A call that is about to be dispatched. */
export interface Call {
  /** As the upstream names it. */
  readonly model: string;
  readonly stream: boolean;
  readonly requestBytes: number;
  /** Most tokens that the answer may have; undefined when the caller did not say. */
  readonly outputTokensMax: number | undefined;
}

export interface MeterNeeds {
  readonly counters: Counters;
  readonly leases: LeaseKeeper;
  readonly gaugeOf: (binding: Binding) => RateGauge;
  readonly plan: LimitPlan;
  readonly bindings: Bindings | undefined;
  /** Its id. */
  readonly exchange: string;
}

/** A reservation is to be above what the call comes to: hardly any text has more tokens than half its bytes. */
const RESERVED_BYTES_PER_TOKEN = 2;
/** What a token is on average; for what is estimated afterwards. */
const CHARS_PER_TOKEN = 4;
/** Where the caller sets no bound. A longer stream reserves more as it goes; a longer whole answer is owed. */
const OUTPUT_TOKENS = 4_096;
/** A stream reserves so many tokens more at a time. */
const STEP_TOKENS = 512;
const PLACE_RETRY_MS = 1_000;
const NONE: Tokens = { inputTokens: 0, outputTokens: 0 };

/** A reservation in one budget. */
interface Hold {
  readonly binding: Binding;
  readonly account: Account;
  readonly unitsOf: (tokens: Tokens) => number;
  amount: number;
}

export function createMeter(needs: MeterNeeds): Meter {
  const { counters, bindings, plan, exchange, gaugeOf } = needs;
  const places: Place[] = [];
  const taken: Taken[] = [];
  const holds: Hold[] = [];
  let call: Call | undefined;
  let price: PriceEntry | undefined;
  let chars = 0;
  let isSettled = false;

  return {
    async admit() {
      if (bindings === undefined) return;
      for (const binding of bindings.concurrency) await enter(counters, { name: binding.name, member: exchange }, { binding, places });
      for (const binding of bindings.rates) {
        if (binding.entry.measure === 'requests') await takeRate(binding, { gauge: gaugeOf(binding), amount: 1, taken });
      }
    },
    async reserve(next) {
      call = next;
      price = plan.priceOf(next.model);
      if (bindings === undefined) return;
      const estimate = reservedTokens(next);
      for (const binding of bindings.rates) {
        if (binding.entry.measure === 'tokens') await takeRate(binding, { gauge: gaugeOf(binding), amount: estimate.inputTokens + estimate.outputTokens, taken });
      }
      for (const binding of bindings.budgets) {
        const unitsOf = unitsFor(binding.entry, price);
        if (unitsOf !== undefined) holds.push(await holdBudget({ binding, unitsOf, account: needs.leases.accountOf(binding) }, estimate, next.stream));
      }
    },
    grew(to) {
      chars = to;
      if (holds.length === 0 || call === undefined) return;
      const tokens: Tokens = { inputTokens: Math.ceil(call.requestBytes / CHARS_PER_TOKEN), outputTokens: Math.ceil(to / CHARS_PER_TOKEN) };
      for (const hold of holds) extend(hold, tokens);
    },
    settle(end) {
      if (isSettled) return undefined;
      isSettled = true;
      for (const place of places) counters.leave(place);
      if (call === undefined) return undefined;
      const { isBilled, usage } = end;
      const tokens = isBilled ? usedTokens(call, end, chars) : NONE;
      // A request counts once it was admitted, whatever becomes of it; tokens count as they were used.
      for (const { binding, gauge, amount } of taken) {
        if (binding.entry.measure === 'tokens') gauge.giveBack(amount - tokens.inputTokens - tokens.outputTokens, binding.entry.amount);
      }
      for (const { account, amount, unitsOf } of holds) account.ledger.settle(amount, isBilled ? unitsOf(tokens) : 0);
      if (price === undefined || !isBilled) return undefined;
      return { microUnits: costOf(price, tokens), currency: price.currency, ...(usage?.inputTokens === undefined ? { estimated: true as const } : {}) };
    },
  };
}

interface Taken {
  readonly binding: Binding;
  readonly gauge: RateGauge;
  readonly amount: number;
}

async function enter(counters: Counters, place: Place, { binding, places }: { binding: Binding; places: Place[] }): Promise<void> {
  const { name, amount } = binding.entry;
  if (!(await counters.enter(place, amount))) {
    throw new LimitRefusal('concurrency_limit_exceeded', `The limit "${name}" allows ${amount} calls at a time.`, PLACE_RETRY_MS);
  }
  places.push(place);
}

async function takeRate(binding: Binding, { gauge, amount: wanted, taken }: { gauge: RateGauge; amount: number; taken: Taken[] }): Promise<void> {
  const { name, amount: limit, measure, period } = binding.entry;
  // What is estimated above the whole limit could never pass, though it may come to less.
  const amount = Math.min(wanted, limit);
  const waiting = gauge.take(amount, limit);
  const waitMs = typeof waiting === 'number' ? waiting : await waiting;
  if (waitMs > 0) throw new LimitRefusal('rate_limit_exceeded', `The limit "${name}" of ${limit} ${measure} by the ${period} is reached.`, waitMs);
  taken.push({ binding, gauge, amount });
}

const reservedTokens = ({ requestBytes, outputTokensMax }: Call): Tokens =>
  ({ inputTokens: Math.ceil(requestBytes / RESERVED_BYTES_PER_TOKEN), outputTokens: outputTokensMax ?? OUTPUT_TOKENS });

function usedTokens({ requestBytes, stream, outputTokensMax }: Call, { usage, answerBytes }: CallEnd, chars: number): Tokens {
  const written = stream ? chars : outputTokensMax === 0 ? 0 : answerBytes;
  return {
    inputTokens: usage?.inputTokens ?? Math.ceil(requestBytes / CHARS_PER_TOKEN),
    outputTokens: usage?.outputTokens ?? Math.ceil(written / CHARS_PER_TOKEN),
  };
}

/** @returns what tokens are in the units of a budget; undefined when that cannot be told and need not be @throws LimitRefusal `price_unknown` */
function unitsFor({ measure, name, currency, unknownPrice }: LimitEntry, price: PriceEntry | undefined): Hold['unitsOf'] | undefined {
  if (measure === 'requests') return () => 1;
  if (measure === 'tokens') return ({ inputTokens, outputTokens }) => inputTokens + outputTokens;
  if (price !== undefined && price.currency === currency) return (tokens) => costOf(price, tokens);
  if (unknownPrice === 'allow') return undefined;
  throw new LimitRefusal('price_unknown', `The budget "${name}" refuses models whose price in ${currency} is not known.`);
}

/** Others may be quicker to take what control gave for us. */
const TURNS = 3;

/** @throws LimitRefusal `budget_exceeded` or `budget_unavailable` */
async function holdBudget(budget: Omit<Hold, 'amount'>, estimate: Tokens, isStream: boolean): Promise<Hold> {
  const { account: { ledger, ensure }, unitsOf, binding } = budget;
  const amount = unitsOf(estimate);
  if (ledger.reserve(amount)) return { ...budget, amount };
  let answer: LeaseAnswer = 'granted';
  for (let turn = 0; turn < TURNS && answer === 'granted'; turn++) {
    answer = await ensure(amount);
    if (ledger.reserve(amount)) return { ...budget, amount };
  }
  // A stream may begin with less than it may come to: it is cut where the budget ends.
  const rest = ledger.free;
  if (isStream && rest >= unitsOf({ ...estimate, outputTokens: 1 }) && ledger.reserve(rest)) return { ...budget, amount: rest };
  throw answer === 'away' ? budgetUnavailable(binding) : budgetExceeded(binding);
}

function extend(hold: Hold, tokens: Tokens): void {
  const ahead = hold.unitsOf({ ...tokens, outputTokens: tokens.outputTokens + STEP_TOKENS / 2 }) - hold.amount;
  if (ahead <= 0) return;
  const { account: { ledger, ensure }, unitsOf, binding } = hold;
  const step = unitsOf({ ...tokens, outputTokens: tokens.outputTokens + STEP_TOKENS }) - hold.amount;
  if (ledger.reserve(step)) {
    hold.amount += step;
    return;
  }
  void ensure(step);
  if (unitsOf(tokens) > hold.amount) throw budgetExceeded(binding);
}

const budgetExceeded = ({ entry }: Binding): LimitRefusal => new LimitRefusal('budget_exceeded', `The budget "${entry.name}" of this ${entry.period} is spent.`);

const AWAY_RETRY_MS = 5_000;
const budgetUnavailable = ({ entry }: Binding): LimitRefusal =>
  new LimitRefusal('budget_unavailable', `The gateway's share of the budget "${entry.name}" is spent, and control cannot be asked for more.`, AWAY_RETRY_MS);

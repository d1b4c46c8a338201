import type { Counters } from './counters.ts';

/**
 * One count over a window. Where others count too, a process takes slices of the limit and hands them out by itself, so that most
 * calls wait for nobody. No more is ever handed out in a window than the limit; at most a slice per process may be left unused.
 */
export interface RateGauge {
  /**
   * Takes from the window.
   * @returns 0 when it was taken, else the milliseconds until the window ends
   */
  take(amount: number, limit: number): number | Promise<number>;
  /** Corrects what was taken by what was used in truth; negative when it was more. */
  giveBack(amount: number, limit: number): void;
}

export interface RateGaugeNeeds {
  readonly counters: Counters;
  readonly name: string;
  readonly seconds: number;
  /** Milliseconds; need not be the time of day. */
  readonly now: () => number;
}

/** A limit is taken in so many slices. */
const SLICES = 64;
/** So near to its end a window's rest is not worth giving back: it could come too late and count for the next. */
const LATE_MS = 500;

export function createRateGauge({ counters, name, seconds, now }: RateGaugeNeeds): RateGauge {
  let left = 0;
  let endsAt = 0;
  let isExhausted = false;

  const sliceOf = (limit: number): number => (counters.isShared ? Math.ceil(limit / SLICES) : limit);
  const begin = (end: number): void => {
    left = 0;
    isExhausted = false;
    endsAt = end;
  };
  /** The window that an answer speaks of may be a later one than the one that we have. */
  const enterWindow = (endsInMs: number): void => {
    const end = now() + Math.max(1, endsInMs);
    if (now() >= endsAt || end > endsAt + LATE_MS) begin(end);
  };
  const takeHeld = (amount: number): boolean => {
    if (left < amount) return false;
    left -= amount;
    return true;
  };
  const fetch = async (amount: number, limit: number): Promise<number> => {
    const wanted = Math.max(amount - Math.max(0, left), sliceOf(limit));
    const { total, endsInMs, share } = await counters.add(name, wanted, seconds);
    enterWindow(endsInMs);
    // Of what was added, that which stays below the limit is ours.
    const ours = share === 1 ? limit : Math.max(1, Math.floor(limit / share));
    const granted = Math.min(wanted, Math.max(0, ours - (total - wanted)));
    left += granted;
    if (granted < wanted) isExhausted = true;
    return takeHeld(amount) ? 0 : Math.max(1, endsAt - now());
  };

  return {
    take(amount, limit) {
      if (now() >= endsAt) begin(0);
      if (takeHeld(amount)) return 0;
      return isExhausted ? Math.max(1, endsAt - now()) : fetch(amount, limit);
    },
    giveBack(amount, limit) {
      if (now() >= endsAt) return;
      left += amount;
      const surplus = left - 2 * sliceOf(limit);
      if (!counters.isShared || surplus <= 0 || endsAt - now() < LATE_MS) return;
      left -= surplus;
      counters.add(name, -surplus, seconds).catch(() => undefined);
    },
  };
}

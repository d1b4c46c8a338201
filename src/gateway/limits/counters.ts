/** Counts that gateways share. Where and how far they are shared is the choice of who makes them. */
import { RateLimiterMemory, type RateLimiterAbstract } from 'rate-limiter-flexible';

export interface Counted {
  /** The count, with what was added. */
  readonly total: number;
  /** Until the count begins anew. */
  readonly endsInMs: number;
  /** Over how many processes like this one the limit is to be divided: 1 where all of them are counted together. */
  readonly share: number;
}

export interface Counters {
  /** Whether others count here too, so that nobody may take all that there is for himself. */
  readonly isShared: boolean;
  /**
   * Adds to a count that begins anew every `seconds`.
   * @param amount negative to give back
   */
  add(name: string, amount: number, seconds: number): Promise<Counted>;
  /** Takes one of `limit` places. @returns whether there was one */
  enter(place: Place, limit: number): Promise<boolean>;
  /** Gives a place back. */
  leave(place: Place): void;
  close(): Promise<void>;
}

/** One of the places that calls under way take. */
export interface Place {
  readonly name: string;
  /** Who takes it: the id of an exchange. */
  readonly member: string;
}

/** Counts are compared by who asks, so that the library need not know the limits: nothing reaches this one. */
export const POINTS_MAX = Number.MAX_SAFE_INTEGER;

/** @returns adds with a limiter of `rate-limiter-flexible` for each length of window */
export function createWindowCounts(limiterFor: (seconds: number) => RateLimiterAbstract): (name: string, amount: number, seconds: number) => Promise<Omit<Counted, 'share'>> {
  const limiters = new Map<number, RateLimiterAbstract>();
  return async (name, amount, seconds) => {
    let limiter = limiters.get(seconds);
    if (limiter === undefined) limiters.set(seconds, (limiter = limiterFor(seconds)));
    const result = amount < 0 ? await limiter.reward(name, -amount) : await limiter.consume(name, amount);
    return { total: result.consumedPoints, endsInMs: result.msBeforeNext };
  };
}

/**
 * Counts of this process alone.
 * @param share over how many processes like this one a limit is divided, as they do not know of each other
 */
export function createLocalCounters(share: () => number = () => 1): Counters {
  const add = createWindowCounts((duration) => new RateLimiterMemory({ points: POINTS_MAX, duration }));
  const places = new Map<string, number>();
  return {
    isShared: false,
    add: async (name, amount, seconds) => ({ ...(await add(name, amount, seconds)), share: share() }),
    async enter({ name }, limit) {
      const taken = places.get(name) ?? 0;
      if (taken >= Math.max(1, Math.floor(limit / share()))) return false;
      places.set(name, taken + 1);
      return true;
    },
    leave({ name }) {
      const taken = (places.get(name) ?? 0) - 1;
      if (taken > 0) places.set(name, taken);
      else places.delete(name);
    },
    close: async () => undefined,
  };
}

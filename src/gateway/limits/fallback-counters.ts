import type { Log } from '#platform/log.ts';
import type { Counters, Place } from './counters.ts';

export interface FallbackNeeds {
  readonly shared: Counters;
  /** Counts while `shared` does not answer. */
  readonly otherwise: Counters;
  /** What `shared` is, for the log. */
  readonly name: string;
  readonly log: Log;
}

/** Counts in one place while that answers, and in another while it does not. Neither count knows what went to the other. */
export function createFallbackCounters({ shared, otherwise, name, log }: FallbackNeeds): Counters {
  /** Places that were taken elsewhere, so that they are given back there. */
  const elsewhere = new Set<string>();
  let isAway = false;

  const tryShared = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const result = await work();
      if (isAway) log.info({ counters: name }, 'shared counters answer again');
      isAway = false;
      return result;
    } catch (error) {
      if (!isAway) log.warn({ err: error, counters: name }, 'shared counters do not answer: limits are kept with less knowledge of other gateways');
      isAway = true;
      return undefined;
    }
  };
  const keyOf = ({ name: count, member }: Place): string => `${count} ${member}`;
  return {
    isShared: true,
    add: async (count, amount, seconds) => (await tryShared(() => shared.add(count, amount, seconds))) ?? otherwise.add(count, amount, seconds),
    async enter(place, limit) {
      const entered = await tryShared(() => shared.enter(place, limit));
      if (entered !== undefined) return entered;
      const got = await otherwise.enter(place, limit);
      if (got) elsewhere.add(keyOf(place));
      return got;
    },
    leave(place) {
      if (elsewhere.delete(keyOf(place))) otherwise.leave(place);
      else shared.leave(place);
    },
    close: async () => void (await Promise.all([shared.close(), otherwise.close()])),
  };
}

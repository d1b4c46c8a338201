import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Log } from '#platform/log.ts';
import { createWindowCounts, POINTS_MAX, type Counters, type Place } from './counters.ts';

export interface RedisNeeds {
  /** `redis://…` or `rediss://…` (TLS), Redis or Valkey. */
  readonly url: string;
  readonly log: Log;
}

const ANSWER_MS = 250;
const CONNECT_MS = 2_000;
const RECONNECT_MS = 1_000;
const PREFIX = 'sallyport';

/** A place is given up after this time unless its gateway renews it, so that one that dies takes none with it. */
const PLACE_MS = 30_000;
const RENEW_MS = 10_000;

/** Atomic: expired places go, then a member enters if there is room. The server's time counts, for all alike. */
const NOW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)`;
const KEEP = `
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`;
const ENTER = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end${KEEP}`;
/** Only what is still there: one that was given back meanwhile stays so. */
const RENEW = `${NOW}
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 0 end${KEEP}`;

/** Counts of all gateways, on any machine. Every call rejects while Redis is away; none waits for it longer than a quarter of a second. */
export function createRedisCounters({ url, log }: RedisNeeds): Counters {
  const redis = new Redis(url, {
    enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: ANSWER_MS, connectTimeout: CONNECT_MS, retryStrategy: () => RECONNECT_MS,
    connectionName: 'sallyport',
  });
  // Without a listener a lost connection would end the process; what it means is told where a call fails.
  redis.on('error', (error: Error) => log.debug({ reason: error.message }, 'the connection to Redis failed'));
  const add = createWindowCounts((duration) => new RateLimiterRedis({ storeClient: redis, points: POINTS_MAX, duration, keyPrefix: `${PREFIX}:rate` }));
  const held = new Map<string, Place>();
  const placesOf = (name: string): string => `${PREFIX}:places:${name}`;
  const renew = (): void => {
    for (const { name, member } of held.values()) redis.eval(RENEW, 1, placesOf(name), PLACE_MS, member).catch(() => undefined);
  };
  const renewing = setInterval(renew, RENEW_MS);
  renewing.unref();
  return {
    isShared: true,
    add: async (name, amount, seconds) => ({ ...(await plainly(add(name, amount, seconds))), share: 1 }),
    async enter(place, limit) {
      if ((await plainly(redis.eval(ENTER, 1, placesOf(place.name), PLACE_MS, place.member, limit))) !== 1) return false;
      held.set(`${place.name} ${place.member}`, place);
      return true;
    },
    leave({ name, member }) {
      held.delete(`${name} ${member}`);
      // One that is lost with the connection is given up in time.
      redis.zrem(placesOf(name), member).catch(() => undefined);
    },
    async close() {
      clearInterval(renewing);
      redis.disconnect();
    },
  };
}

/** The client's errors carry the command that failed, and that of a refused sign-in holds the password: the words alone go on. */
async function plainly<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : 'Redis did not answer.');
  }
}

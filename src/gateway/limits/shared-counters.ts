import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import type { Log } from '#platform/log.ts';
import { createLocalCounters, type Counters } from './counters.ts';
import { createFallbackCounters } from './fallback-counters.ts';
import { createMachineCounters } from './machine-counters.ts';

export interface SharedCountersNeeds {
  /** Folder in which the gateways of this machine have theirs, named by number; undefined when this one is alone. */
  readonly machine: string | undefined;
  /** `redis://…` where gateways of several machines count together. */
  readonly redisUrl: string | undefined;
  readonly log: Log;
}

/**
 * Where a gateway counts: in Redis where it is configured; while that is away, or without it, with the other gateways of its machine;
 * while those cannot be reached, by itself and up to its fair share. Redis's client is loaded where it is configured alone: it takes
 * 13 MB of memory. @returns undefined when it is alone
 */
export async function createSharedCounters({ machine, redisUrl, log }: SharedCountersNeeds): Promise<Counters | undefined> {
  const onMachine = machine === undefined ? undefined : countOnMachine(machine, log);
  if (redisUrl === undefined) return onMachine;
  const { createRedisCounters } = await import('./redis-counters.ts');
  return createFallbackCounters({ shared: createRedisCounters({ url: redisUrl, log }), otherwise: onMachine ?? createLocalCounters(), name: 'redis', log });
}

function countOnMachine(machine: string, log: Log): Counters {
  // Counted when it is needed: this gateway may have been started before the others.
  const alone = createLocalCounters(() => Math.max(1, readdirSync(machine).filter((name) => /^\d+$/.test(name)).length));
  return createFallbackCounters({ shared: createMachineCounters({ folder: join(machine, 'counters'), log }), otherwise: alone, name: 'machine', log });
}

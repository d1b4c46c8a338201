/**
 * The data path: it identifies, admits, inspects, decides, transforms, forwards and records each exchange. It needs a snapshot to
 * enforce and a sink for its records, and nothing else: no control plane, no database.
 */
import { systemClock, type Clock } from '#platform/clock.ts';
import type { Log } from '#platform/log.ts';
import { createEnforcementSource } from './enforcement.ts';
import { createRefusalMeter, type House } from './house.ts';
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.ts';
import type { Counters } from './limits/counters.ts';
import type { LeaseBudgets } from './limits/lease-keeper.ts';
import { createLimiter } from './limits/limiter.ts';
import type { RecordSink, SnapshotSource } from './ports.ts';
import { createFront, createTraffic, type ListenOptions } from './serve.ts';
import { createDirectories } from './upstreams/directory.ts';
import type { Resolve } from './upstreams/dial.ts';
import type { UpstreamState } from './upstreams/health.ts';

export { DEFAULT_LIMITS, type GatewayLimits } from './limits.ts';
export { ROUTES, type Route } from './route-table.ts';
export type { CredentialPurpose, RecordSink, SnapshotSource } from './ports.ts';
export type { ListenOptions } from './serve.ts';
export type { UpstreamState } from './upstreams/health.ts';
// The rest of a gateway process: its link to control and its journal.
export { createControlClient, type ControlClient } from './control-client.ts';
export { startHeartbeat } from './heartbeat.ts';
export { joinControl } from './join-control.ts';
export { writeProcessFile, type WorkerMessage } from './process-file.ts';
export type { Enrolment } from './snapshot/enrolment.ts';
export { createExchangeMetrics } from './metrics/exchange-metrics.ts';
export { registerGatewayMetrics } from './metrics/gateway-metrics.ts';
export { createSharedCounters } from './limits/shared-counters.ts';
export { createSnapshotClient } from './snapshot/snapshot-client.ts';
export { startSender, type Sender } from './spool/sender.ts';
export { openSpool, type Durability, type Spool } from './spool/spool.ts';

export interface GatewayNeeds {
  readonly snapshots: SnapshotSource;
  readonly records: RecordSink;
  readonly log: Log;
  /** Version of this software, for the records. */
  readonly software: string;
  readonly clock?: Clock;
  /** 0 to below 1; draws among upstreams. */
  readonly random?: () => number;
  readonly limits?: Partial<GatewayLimits>;
  /** Where rates and calls at a time are counted; in this process alone unless told. Closed with the gateway. */
  readonly counters?: Counters;
  /** Asks control for parts of budgets; without it no call that a budget binds can be made. */
  readonly leaseBudgets?: LeaseBudgets;
  /** Resolves the names of upstreams; the system's resolver unless told. */
  readonly resolve?: Resolve;
}

export interface GatewayState {
  readonly inFlight: number;
  readonly upstreams: readonly UpstreamState[];
}

export interface Gateway {
  /** @returns the port that it listens on */
  listen(options: ListenOptions): Promise<number>;
  state(): GatewayState;
  /** Stops accepting, and lets what is under way end. @returns whether all of it did within `ms` */
  drain(ms: number): Promise<boolean>;
  /** Breaks off whatever is under way, and every connection to an upstream. */
  close(): Promise<void>;
}

export function createGateway({ snapshots, records, log, software, clock = systemClock, random = Math.random, limits, resolve, counters, leaseBudgets }: GatewayNeeds): Gateway {
  const bounds: GatewayLimits = { ...DEFAULT_LIMITS, ...limits };
  const traffic = createTraffic();
  const directories = createDirectories({ now: () => clock.now(), random, connections: bounds.inFlight, circuit: bounds.circuit, ...(resolve ? { resolve } : {}) });
  const limiter = createLimiter({ counters, leaseBudgets, clock, log });
  const house: House = {
    enforcement: createEnforcementSource({ snapshots, directories, clock, log, software }),
    records,
    unidentified: createRefusalMeter(bounds.unidentifiedRecordsPerSecond, clock),
    clock,
    random,
    log,
    limits: bounds,
    limiter,
    inFlight: () => traffic.count,
  };
  const front = createFront({ house, traffic });
  return {
    listen: (options) => front.listen(options),
    state: () => ({ inFlight: traffic.count, upstreams: upstreamStates(house) }),
    drain: (ms) => front.drain(ms),
    async close() {
      await front.close();
      await Promise.all([directories.close(), limiter.close()]);
    },
  };
}

function upstreamStates(house: House): UpstreamState[] {
  try {
    return house.enforcement().directory.states();
  } catch {
    return [];
  }
}

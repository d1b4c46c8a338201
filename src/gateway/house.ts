/** What all exchanges of a gateway share. */
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/log.ts';
import type { Enforcement } from './enforcement.ts';
import type { GatewayLimits } from './limits.ts';
import type { Limiter } from './limits/limiter.ts';
import type { RecordSink } from './ports.ts';

export interface House {
  /** @throws AppError when there is no snapshot to enforce */
  readonly enforcement: () => Enforcement;
  readonly records: RecordSink;
  readonly unidentified: RefusalMeter;
  readonly clock: Clock;
  /** 0 to below 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly limits: GatewayLimits;
  readonly limiter: Limiter;
  /** Exchanges that are under way. */
  readonly inFlight: () => number;
}

/** Bounds what somebody without a key can write into the spool. */
export interface RefusalMeter {
  /** @returns how many were passed over since the last one that is recorded; undefined when this one is to be passed over too */
  count(): number | undefined;
}

export function createRefusalMeter(perSecond: number, clock: Clock): RefusalMeter {
  let second = 0;
  let recorded = 0;
  let suppressed = 0;
  return {
    count() {
      const now = Math.floor(clock.now() / 1000);
      if (now !== second) {
        second = now;
        recorded = 0;
      }
      if (recorded >= perSecond) {
        suppressed++;
        return undefined;
      }
      recorded++;
      const passedOver = suppressed;
      suppressed = 0;
      return passedOver;
    },
  };
}

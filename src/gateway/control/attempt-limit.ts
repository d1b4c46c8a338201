import type { Clock } from '#platform/clock.ts';

export interface AttemptLimit {
  /** Whether another failure of this origin would be too many. */
  isReached(origin: string): boolean;
  failed(origin: string): void;
}

const WINDOW_MS = 60_000;
const ORIGINS_MAX = 10_000;

/**
 * Counts failures by origin in windows of a minute. When more origins fail than are counted, all are refused until the window
 * ends: a flood may slow enrolment down, never open it.
 */
export function createAttemptLimit(failuresMax: number, clock: Clock): AttemptLimit {
  const failures = new Map<string, number>();
  let windowEndsAt = 0;
  const roll = () => {
    if (clock.now() < windowEndsAt) return;
    failures.clear();
    windowEndsAt = clock.now() + WINDOW_MS;
  };
  return {
    isReached(origin) {
      roll();
      return failures.size >= ORIGINS_MAX || (failures.get(origin) ?? 0) >= failuresMax;
    },
    failed(origin) {
      roll();
      failures.set(origin, (failures.get(origin) ?? 0) + 1);
    },
  };
}

/**
 * A circuit breaker (Nygard, Release It!, 2nd ed., ch. 5): an upstream that fails again and again is left alone for a while, then
 * tried with one call at a time. Pure but for the clock and the dice that it is given.
 */

export type CircuitState = 'closed' | 'open' | 'half_open';

export interface Circuit {
  /**
   * Lets a call go to the upstream, in half-open one at a time.
   * @returns to be called when the call is over, with or without a verdict; `undefined` when it may not go
   */
  admit(): (() => void) | undefined;
  /** Whether a call would be let go now. */
  admits(): boolean;
  succeeded(): void;
  failed(): void;
  state(): CircuitState;
  /** How long it stays open from now, in milliseconds; 0 unless it is open. */
  waitMs(): number;
}

export interface CircuitLimits {
  /** So many failures in a row open it … */
  readonly failuresInARow: number;
  /** … and so does more than half of so many last calls. */
  readonly lastCalls: number;
}

export interface CircuitNeeds {
  readonly limits: CircuitLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to below 1. */
  readonly random: () => number;
}

const OPEN_MS_FIRST = 2_000;
const OPEN_MS_MAX = 60_000;
/** Gateways that noticed an outage together do not all try again together. */
const JITTER = 0.25;

const NOTHING = (): void => {};

export function createCircuit({ limits: { failuresInARow, lastCalls }, now, random }: CircuitNeeds): Circuit {
  let openUntil: number | undefined;
  let openings = 0;
  let isProbing = false;
  let verdicts: boolean[] = [];

  const state = (): CircuitState => {
    if (openUntil === undefined) return 'closed';
    return now() < openUntil ? 'open' : 'half_open';
  };
  const open = (): void => {
    openUntil = now() + Math.min(OPEN_MS_MAX, OPEN_MS_FIRST * 2 ** openings) * (1 - JITTER * random());
    openings++;
    verdicts = [];
  };
  const isWorn = (): boolean => {
    const isInARow = verdicts.length >= failuresInARow && !verdicts.slice(-failuresInARow).includes(true);
    return isInARow || verdicts.filter((succeeded) => !succeeded).length * 2 > lastCalls;
  };
  const admits = (): boolean => openUntil === undefined || (state() === 'half_open' && !isProbing);
  return {
    admits,
    admit() {
      if (openUntil === undefined) return NOTHING;
      if (!admits()) return undefined;
      isProbing = true;
      return () => { isProbing = false; };
    },
    succeeded() {
      if (openUntil === undefined) {
        // The way of nearly every call: nothing to keep while nothing fails.
        if (verdicts.length > 0) verdicts = verdicts.includes(false) ? [...verdicts, true].slice(-lastCalls) : [];
        return;
      }
      // A call from before it opened may still end well; that is no probe.
      if (state() === 'open') return;
      openUntil = undefined;
      openings = 0;
      verdicts = [];
    },
    failed() {
      const current = state();
      if (current === 'open') return;
      verdicts = [...verdicts, false].slice(-lastCalls);
      if (current === 'half_open' || isWorn()) open();
    },
    state,
    waitMs: () => (openUntil === undefined ? 0 : Math.max(0, openUntil - now())),
  };
}

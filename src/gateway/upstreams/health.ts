/** How an upstream does: what people are shown, and whether calls go to it at all. */
import type { Circuit, CircuitState } from './circuit.ts';
import { faultOf } from './errors.ts';

export interface UpstreamState {
  readonly id: string;
  readonly name: string;
  /** `unknown` until the first call has ended. */
  readonly state: 'unknown' | 'healthy' | 'failing';
  /** When it came into this state. */
  readonly since: string;
  readonly error?: string;
  /** Whether calls go to it: `open` means none, `half_open` one at a time. */
  readonly circuit: CircuitState;
  /** Calls under way. */
  readonly inFlight: number;
}

export interface Health {
  succeeded(): void;
  /** @param code e.g. `upstream_unreachable` */
  failed(code: string): void;
  state(): Pick<UpstreamState, 'state' | 'since' | 'error'>;
}

export function createHealth(circuit: Circuit, now: () => number): Health {
  let state: UpstreamState['state'] = 'unknown';
  let error: string | undefined;
  let since = now();
  const become = (next: UpstreamState['state'], code: string | undefined) => {
    if (next !== state) since = now();
    state = next;
    error = code;
  };
  return {
    succeeded: () => {
      circuit.succeeded();
      if (state !== 'healthy') become('healthy', undefined);
    },
    failed: (code) => {
      const fault = faultOf(code);
      if (fault === 'none') return;
      if (fault === 'down') circuit.failed();
      become('failing', code);
    },
    state: () => ({ state, since: new Date(since).toISOString(), ...(error === undefined ? {} : { error }) }),
  };
}

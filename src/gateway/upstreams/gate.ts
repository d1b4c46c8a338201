/** Which calls go to an upstream: not those of an open circuit, and no more at a time than its bulkhead holds. */
import type { Circuit } from './circuit.ts';
import { UpstreamError } from './errors.ts';

export interface Gate {
  /** Why a call would not be let in now; `undefined` when it would. */
  refusal(): 'upstream_circuit_open' | 'upstream_saturated' | undefined;
  /**
   * @returns to be called once, when the call is over
   * @throws UpstreamError the refusal
   */
  enter(): () => void;
  readonly inFlight: number;
}

export function createGate(circuit: Circuit, maxInFlight: number): Gate {
  let inFlight = 0;
  const refusal = () => (inFlight >= maxInFlight ? 'upstream_saturated' : circuit.admits() ? undefined : 'upstream_circuit_open');
  return {
    refusal,
    enter() {
      const code = refusal();
      const leave = code === undefined ? circuit.admit() : undefined;
      if (leave === undefined) throw new UpstreamError(code ?? 'upstream_circuit_open');
      inFlight++;
      return () => {
        inFlight--;
        leave();
      };
    },
    get inFlight() { return inFlight; },
  };
}

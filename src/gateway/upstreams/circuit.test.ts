import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCircuit } from './circuit.ts';

const build = () => {
  const clock = { at: 1_000_000 };
  return { clock, circuit: createCircuit({ limits: { failuresInARow: 5, lastCalls: 20 }, now: () => clock.at, random: () => 0 }) };
};
const times = (count: number, act: () => unknown): void => { for (let n = 0; n < count; n++) act(); };

describe('circuit', () => {
  it('opens after five failures in a row, and not while calls succeed between them', () => {
    const { circuit } = build();
    times(4, () => circuit.failed());
    circuit.succeeded();
    times(4, () => circuit.failed());
    expect(circuit.state()).toBe('closed');
    circuit.failed();
    expect(circuit.state()).toBe('open');
    expect(circuit.admit()).toBeUndefined();
    expect(circuit.waitMs()).toBe(2_000);
  });

  it('opens when more than half of the last twenty failed', () => {
    const { circuit } = build();
    times(10, () => {
      circuit.failed();
      circuit.succeeded();
    });
    expect(circuit.state()).toBe('closed');
    circuit.failed();
    circuit.failed();
    expect(circuit.state()).toBe('open');
  });

  it('tries with one call, closes when that succeeds, and waits longer when it does not', () => {
    const { clock, circuit } = build();
    times(5, () => circuit.failed());
    clock.at += 2_000;
    expect(circuit.state()).toBe('half_open');
    const leave = circuit.admit();
    expect(leave).toBeTypeOf('function');
    expect(circuit.admit()).toBeUndefined();
    leave?.();
    circuit.failed();
    expect(circuit.waitMs()).toBe(4_000);
    clock.at += 4_000;
    // Its caller went away: no verdict, so that the next may try.
    circuit.admit()?.();
    circuit.admit()?.();
    circuit.succeeded();
    expect(circuit.state()).toBe('closed');
    times(5, () => circuit.failed());
    expect(circuit.waitMs()).toBe(2_000);
  });

  it('believes no late verdict of a call from before it opened', () => {
    const { circuit } = build();
    times(5, () => circuit.failed());
    circuit.succeeded();
    circuit.failed();
    expect(circuit.state()).toBe('open');
    expect(circuit.waitMs()).toBe(2_000);
  });

  it('whatever happens: admits nothing while open, one call at a time in half-open, and never stays open for good', () => {
    const step = fc.oneof(
      fc.constant({ type: 'admit' } as const), fc.constant({ type: 'succeed' } as const), fc.constant({ type: 'fail' } as const),
      fc.constant({ type: 'leave' } as const), fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 70_000 }) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { clock, circuit } = build();
      let probes: (() => void)[] = [];
      for (const move of steps) {
        const before = circuit.state();
        if (move.type === 'wait') clock.at += move.ms;
        else if (move.type === 'succeed') circuit.succeeded();
        else if (move.type === 'fail') circuit.failed();
        else if (move.type === 'leave') probes.pop()?.();
        else {
          const leave = circuit.admit();
          if (before === 'open') expect(leave).toBeUndefined();
          if (before === 'closed') expect(leave).toBeDefined();
          if (before === 'half_open' && leave !== undefined) probes.push(leave);
          expect(probes.length).toBeLessThanOrEqual(1);
        }
        expect(circuit.waitMs()).toBeLessThanOrEqual(60_000);
      }
      for (const leave of probes) leave();
      probes = [];
      clock.at += 60_000;
      expect(circuit.admit()).toBeDefined();
      circuit.succeeded();
      expect(circuit.state()).toBe('closed');
    }));
  });
});

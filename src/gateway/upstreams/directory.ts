/** The upstreams of a snapshot, and which of them serves a model. */
import type { Pool } from 'undici';
import type { Secret } from '#platform/secret.ts';
import type { Api, UpstreamEntry } from '../../shapes.ts';
import type { Resolve } from './dial.ts';
import { drawOrder, type Weighted } from './balance.ts';
import { createCircuit, type Circuit, type CircuitLimits } from './circuit.ts';
import { createGate, type Gate } from './gate.ts';
import { createHealth, type Health, type UpstreamState } from './health.ts';
import { createHttpUpstream, createPool } from './http-upstream.ts';
import { PROVIDERS } from './providers/index.ts';
import { createSandbox } from './sandbox.ts';
import type { Upstream } from './upstream.ts';

export interface Destination extends Weighted {
  readonly upstream: Upstream;
  /** The model as the upstream knows it. */
  readonly model: string;
}

export interface Directory {
  /**
   * Where a call may go, in the order to try: the upstreams that list `model` and speak the API, by priority and drawn by weight, or
   * the one that `upstream/model` names. Empty when there is none.
   */
  candidates(model: string, api: Api): readonly Destination[];
  /** Whether any upstream lists it, whatever it speaks. */
  lists(model: string): boolean;
  /** Every model once, with the name of its first upstream. */
  readonly models: readonly { readonly id: string; readonly upstream: string }[];
  states(): UpstreamState[];
}

export interface Directories {
  /** Connections and health of upstreams that did not change go on; those of upstreams that went are closed once they are idle. */
  build(entries: readonly UpstreamEntry[], openCredential: (upstreamId: string) => Secret | undefined): Directory;
  close(): Promise<void>;
}

export interface DirectoryNeeds {
  readonly now: () => number;
  /** 0 to below 1. */
  readonly random: () => number;
  readonly connections: number;
  readonly circuit: CircuitLimits;
  readonly resolve?: Resolve;
}

/** What is kept of an upstream from one snapshot to the next. */
interface Line {
  readonly circuit: Circuit;
  readonly gate: Gate;
  readonly health: Health;
  /** Absent for the sandbox. */
  readonly pool: Pool | undefined;
}

export function createDirectories({ now, random, connections, circuit: limits, resolve }: DirectoryNeeds): Directories {
  let lines = new Map<string, Line>();

  const newLine = (entry: UpstreamEntry): Line => {
    const circuit = createCircuit({ limits, now, random });
    const gate = createGate(circuit, entry.maxInFlight ?? MAX_IN_FLIGHT);
    const pool = entry.kind === 'sandbox' ? undefined : createPool({ entry, connections, ...(resolve ? { resolve } : {}) });
    return { circuit, gate, health: createHealth(circuit, now), pool };
  };
  return {
    build(entries, openCredential) {
      const next = new Map<string, Line>();
      const upstreams = entries.map((entry) => {
        const key = lineKey(entry);
        const line = lines.get(key) ?? newLine(entry);
        next.set(key, line);
        return createUpstream(entry, line, { now, openCredential: () => openCredential(entry.id) });
      });
      for (const [key, { pool }] of lines) {
        if (!next.has(key)) void pool?.close();
      }
      lines = next;
      return createDirectory(upstreams, [...next.values()], random);
    },
    async close() {
      await Promise.all([...lines.values()].flatMap(({ pool }) => (pool === undefined ? [] : [pool.destroy()])));
    },
  };
}

const MAX_IN_FLIGHT = 500;

function createUpstream(entry: UpstreamEntry, { health, gate, pool }: Line, { now, openCredential }: { now: () => number; openCredential: () => Secret | undefined }): Upstream {
  const { kind } = entry;
  return pool === undefined || kind === 'sandbox' ? createSandbox({ entry, health, now }) : createHttpUpstream({ entry, provider: PROVIDERS[kind], health, gate, pool, openCredential });
}

/** What a connection depends on: models, weights and the credential may change without a new one. */
const lineKey = ({ id, kind, baseUrl, allowPrivate, timeouts, maxInFlight }: UpstreamEntry): string => JSON.stringify([id, kind, baseUrl, allowPrivate, timeouts, maxInFlight]);

function createDirectory(upstreams: readonly Upstream[], lines: readonly Line[], random: () => number): Directory {
  const byModel = new Map<string, Destination[]>();
  const add = (id: string, destination: Destination) => {
    const known = byModel.get(id);
    if (known === undefined) byModel.set(id, [destination]);
    else known.push(destination);
  };
  for (const destination of upstreams.flatMap(destinationsOf)) add(destination.model, destination);
  const models = [...byModel].map(([id, [first]]) => ({ id, upstream: first?.upstream.entry.name ?? '' }));
  for (const destination of upstreams.flatMap(destinationsOf)) {
    const named = `${destination.upstream.entry.name}/${destination.model}`;
    // A model that is itself named so has come first.
    if (!byModel.has(named)) add(named, destination);
  }
  return {
    candidates: (model, api) => {
      const known = byModel.get(model) ?? [];
      const speaking = known.every(({ upstream }) => upstream.speaks(api)) ? known : known.filter(({ upstream }) => upstream.speaks(api));
      return speaking.length < 2 ? speaking : drawOrder(speaking, random);
    },
    lists: (model) => byModel.has(model),
    models,
    states: () => upstreams.map(({ entry, health }, n) => {
      const { circuit, gate } = lines[n] as Line;
      return { id: entry.id, name: entry.name, ...health.state(), circuit: circuit.state(), inFlight: gate.inFlight };
    }),
  };
}

const destinationsOf = (upstream: Upstream): Destination[] =>
  upstream.entry.models.map((model) => ({ upstream, model, priority: upstream.entry.priority ?? 0, weight: upstream.entry.weight ?? 1 }));

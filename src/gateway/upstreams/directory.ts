/** The upstreams of a snapshot, and which of them serves a model. */
import type { Pool } from 'undici';
import type { Secret } from '#platform/secret.ts';
import type { UpstreamEntry } from '../../shapes.ts';
import type { Resolve } from './dial.ts';
import { createHttpUpstream, createPool } from './http-upstream.ts';
import { createSandbox } from './sandbox.ts';
import { createHealth, type Health, type Upstream, type UpstreamState } from './upstream.ts';

export interface Destination {
  readonly upstream: Upstream;
  /** The model as the upstream knows it. */
  readonly model: string;
}

export interface Directory {
  /** `model`, served by the first upstream that lists it, or `upstream/model`; `undefined` when nobody lists it. */
  find(model: string): Destination | undefined;
  /** Every model once, under the name by which `find` finds it, with the name of its upstream. */
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
  readonly connections: number;
  readonly resolve?: Resolve;
}

interface Line {
  readonly health: Health;
  /** Absent for the sandbox. */
  readonly pool: Pool | undefined;
}

export function createDirectories({ now, connections, resolve }: DirectoryNeeds): Directories {
  let lines = new Map<string, Line>();

  const newLine = (entry: UpstreamEntry): Line =>
    ({ health: createHealth(now), pool: entry.kind === 'sandbox' ? undefined : createPool({ entry, connections, ...(resolve ? { resolve } : {}) }) });
  return {
    build(entries, openCredential) {
      const next = new Map<string, Line>();
      const upstreams = entries.map((entry) => {
        const key = lineKey(entry);
        const line = lines.get(key) ?? newLine(entry);
        next.set(key, line);
        const { health, pool } = line;
        return pool === undefined ? createSandbox({ entry, health, now }) : createHttpUpstream({ entry, health, pool, openCredential: () => openCredential(entry.id) });
      });
      for (const [key, { pool }] of lines) {
        if (!next.has(key)) void pool?.close();
      }
      lines = next;
      return createDirectory(upstreams);
    },
    async close() {
      await Promise.all([...lines.values()].flatMap(({ pool }) => (pool === undefined ? [] : [pool.destroy()])));
    },
  };
}

/** What a connection depends on: the models may change without a new one. */
const lineKey = ({ id, kind, baseUrl, allowPrivate, timeouts }: UpstreamEntry): string => JSON.stringify([id, kind, baseUrl, allowPrivate, timeouts]);

function createDirectory(upstreams: readonly Upstream[]): Directory {
  const byModel = new Map<string, Destination>();
  const add = (id: string, destination: Destination) => { if (!byModel.has(id)) byModel.set(id, destination); };
  const destinations = upstreams.flatMap((upstream) => upstream.entry.models.map((model) => ({ upstream, model })));
  for (const destination of destinations) add(destination.model, destination);
  for (const destination of destinations) add(`${destination.upstream.entry.name}/${destination.model}`, destination);
  const models = upstreams.flatMap(({ entry }) =>
    entry.models.map((model) => ({ id: byModel.get(model)?.upstream.entry === entry ? model : `${entry.name}/${model}`, upstream: entry.name })));
  return {
    find: (model) => byModel.get(model),
    models,
    states: () => upstreams.map(({ entry, health }) => ({ id: entry.id, name: entry.name, ...health.state() })),
  };
}

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
  readonly entry: UpstreamEntry;
  readonly health: Health;
  readonly pool: Pool;
}

export function createDirectories(needs: DirectoryNeeds): Directories {
  let lines = new Map<string, Line>();
  const sandboxes = new Map<string, Upstream>();

  const lineOf = (entry: UpstreamEntry, key: string): Line =>
    lines.get(key) ?? { entry, health: createHealth(needs.now), pool: createPool({ entry, connections: needs.connections, ...(needs.resolve ? { resolve: needs.resolve } : {}) }) };
  const sandboxOf = (entry: UpstreamEntry, key: string): Upstream => {
    const known = sandboxes.get(key) ?? createSandbox(entry, needs.now);
    sandboxes.set(key, known);
    return known;
  };
  return {
    build(entries, openCredential) {
      const next = new Map<string, Line>();
      const upstreams = entries.map((entry) => {
        const key = JSON.stringify(entry);
        if (entry.kind === 'sandbox') return sandboxOf(entry, key);
        const line = lineOf(entry, key);
        next.set(key, line);
        return createHttpUpstream({ ...line, openCredential: () => openCredential(entry.id) });
      });
      for (const [key, { pool }] of lines) {
        if (!next.has(key)) void pool.close();
      }
      lines = next;
      return createDirectory(upstreams);
    },
    async close() {
      await Promise.all([...lines.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

function createDirectory(upstreams: readonly Upstream[]): Directory {
  const byModel = new Map<string, Destination>();
  for (const upstream of upstreams) {
    for (const model of upstream.entry.models) {
      const destination = { upstream, model };
      if (!byModel.has(model)) byModel.set(model, destination);
      const full = `${upstream.entry.name}/${model}`;
      if (!byModel.has(full)) byModel.set(full, destination);
    }
  }
  const models = upstreams.flatMap(({ entry }) =>
    entry.models.map((model) => ({ id: byModel.get(model)?.upstream.entry === entry ? model : `${entry.name}/${model}`, upstream: entry.name })));
  return {
    find: (model) => byModel.get(model),
    models,
    states: () => upstreams.map(({ entry, health }) => ({ id: entry.id, name: entry.name, ...health.state() })),
  };
}

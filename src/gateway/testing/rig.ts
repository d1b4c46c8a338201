/** A whole data path in one process for tests: real sockets, a snapshot and records in memory, an upstream that does as told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { Secret } from '#platform/secret.ts';
import type { ClosedRecord, ExchangeRecord, PolicyEntry, Snapshot, SnapshotSections, UpstreamEntry } from '../../shapes.ts';
import { createGateway, type GatewayNeeds, type RecordSink, type SnapshotSource } from '../data-plane.ts';

export const KEY = `sp_${'k'.repeat(43)}`;
export const CREDENTIAL = 'upstream-credential-0123456789abcdef';

const policy = (name: string): PolicyEntry =>
  ({ id: name, name, cedar: readFileSync(new URL(`../../../packs/policies/${name}.cedar`, import.meta.url), 'utf8'), mode: 'enforce', sharePercent: 100 });

export const DEFAULT_POLICIES = ['default-base', 'default-personal-data', 'default-secrets', 'default-uninspected'].map(policy);

export const upstreamEntry = (baseUrl: string, changes: Partial<UpstreamEntry> = {}): UpstreamEntry => ({
  id: 'u1',
  name: 'local',
  kind: 'openai-compatible',
  baseUrl,
  models: ['m1'],
  allowPrivate: true,
  timeouts: { connectMs: 1_000, firstByteMs: 900, idleMs: 900, totalMs: 20_000 },
  ...changes,
});

const SANDBOX = upstreamEntry('', { id: 'u0', name: 'sandbox', kind: 'sandbox', models: ['sandbox-echo', 'sandbox-text'] });

let serial = 0;

/** A snapshot of one key, one application and the default policies. */
export function snapshotOf(changes: Partial<SnapshotSections> = {}): Snapshot {
  const sections: SnapshotSections = {
    keys: [{ id: 'key-1', name: 'test key', hash: sha256Hex(KEY), applicationId: '01900000-0000-7000-8000-000000000001', expiresAt: null }],
    applications: [{ id: '01900000-0000-7000-8000-000000000001', name: 'test application', owner: 'owner', purpose: 'tests' }],
    policies: DEFAULT_POLICIES,
    upstreams: [SANDBOX],
    detectors: { disabled: [] },
    limits: { limits: [], prices: [] },
    credentials: { upstreams: { u1: 'sealed' }, maskingKey: 'sealed masking key' },
    ...changes,
  };
  serial++;
  const section = (name: keyof SnapshotSections) => ({ digest: sha256Hex(JSON.stringify(sections[name])), bytes: 0 });
  return {
    manifest: {
      format: 1, installation: 'i', gateway: 'g', serial, issuedAt: new Date().toISOString(), maxAgeSeconds: 60,
      sections: {
        keys: section('keys'), applications: section('applications'), policies: section('policies'),
        upstreams: section('upstreams'), detectors: section('detectors'), limits: section('limits'), credentials: section('credentials'),
      },
    },
    sections,
  };
}

export interface TestSnapshots extends SnapshotSource {
  set(snapshot: Snapshot | undefined): void;
}

export function createTestSnapshots(first: Snapshot | undefined): TestSnapshots {
  let current = first;
  return {
    current: () => current,
    absence: () => 'snapshot_missing',
    onChange: () => {},
    openCredential: (_sealed, purpose) => new Secret(purpose === 'masking-key' ? 'm'.repeat(43) : CREDENTIAL),
    set: (snapshot) => { current = snapshot; },
  };
}

export interface TestRecords extends RecordSink {
  readonly all: ExchangeRecord[];
  /** The closed record of the exchange that ended last; waits for it. */
  lastClosed(count: number): Promise<ClosedRecord>;
  refuseNew: Error | undefined;
}

export function createTestRecords(): TestRecords {
  const all: ExchangeRecord[] = [];
  let wake = Promise.withResolvers<void>();
  const closed = () => all.filter((record) => record.phase === 'closed');
  return {
    all,
    refuseNew: undefined,
    open(record) {
      if (this.refuseNew !== undefined) throw this.refuseNew;
      all.push(record);
    },
    close(record) {
      all.push(record);
      wake.resolve();
      wake = Promise.withResolvers();
    },
    async lastClosed(count) {
      while (closed().length < count) await wake.promise;
      return closed()[count - 1] as ClosedRecord;
    },
  };
}

export type Behaviour = (body: string, response: ServerResponse, request: IncomingMessage) => void;

export interface TestUpstream {
  readonly baseUrl: string;
  /** What it does with the next calls. */
  behave(behaviour: Behaviour): void;
  readonly seen: { readonly body: string; readonly headers: IncomingMessage['headers']; readonly url: string }[];
  close(): Promise<void>;
}

export async function startTestUpstream(): Promise<TestUpstream> {
  const seen: TestUpstream['seen'] = [];
  let behaviour: Behaviour = (_body, response) => { response.end(); };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; });
    request.on('end', () => {
      seen.push({ body, headers: request.headers, url: request.url ?? '' });
      behaviour(body, response, request);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    behave: (next) => { behaviour = next; },
    seen,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

export interface Rig {
  readonly url: string;
  readonly upstream: TestUpstream;
  readonly snapshots: TestSnapshots;
  readonly records: TestRecords;
  readonly logged: string[];
  readonly gateway: ReturnType<typeof createGateway>;
  close(): Promise<void>;
}

/** A test that lets an upstream fail again and again means to see each failure. */
const NEVER_OPEN = { failuresInARow: 1_000_000, lastCalls: 1_000_000 };

export async function startRig(needs: Partial<GatewayNeeds> = {}, entry: Partial<UpstreamEntry> = {}): Promise<Rig> {
  const upstream = await startTestUpstream();
  const snapshots = createTestSnapshots(snapshotOf({ upstreams: [SANDBOX, upstreamEntry(upstream.baseUrl, entry)] }));
  const records = createTestRecords();
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => { logged.push(line); } });
  const gateway = createGateway({ snapshots, records, log, software: 'test', ...needs, limits: { circuit: NEVER_OPEN, ...needs.limits } });
  const port = await gateway.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${port}`,
    upstream, snapshots, records, logged, gateway,
    async close() {
      await gateway.close();
      await upstream.close();
    },
  };
}

/** A whole answer whose text is given. */
export const wholeAnswer = (content: string, message: object = {}): string =>
  JSON.stringify({
    id: 'chatcmpl-1', object: 'chat.completion', created: 1_732_386_000, model: 'm1',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null, ...message }, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 7, total_tokens: 16 },
  });

export const chunkEvent = (members: object): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_732_386_000, model: 'm1', ...members })}\n\n`;

export const deltaEvent = (delta: object, finish_reason: string | null = null, index = 0): string =>
  chunkEvent({ choices: [{ index, delta, logprobs: null, finish_reason }] });

/** The events of a streamed answer whose pieces of text are given. */
export const streamedAnswer = (pieces: readonly string[]): string[] => [
  deltaEvent({ role: 'assistant', content: '' }),
  ...pieces.map((content) => deltaEvent({ content })),
  deltaEvent({}, 'stop'),
  chunkEvent({ choices: [], usage: { prompt_tokens: 9, completion_tokens: pieces.length, total_tokens: 9 + pieces.length } }),
  'data: [DONE]\n\n',
];

export function sendJson(response: ServerResponse, body: string, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

export function sendStream(response: ServerResponse, events: readonly string[], end = true): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) response.write(event);
  if (end) response.end();
}

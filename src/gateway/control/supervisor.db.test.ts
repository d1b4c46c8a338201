import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { request } from 'undici';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { seal } from '#platform/crypto/sealing.ts';
import { createSigningKey } from '#platform/crypto/signing.ts';
import { bumpConfiguration } from '#platform/database/index.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { newId } from '#platform/ids.ts';
import { createLog } from '#platform/log.ts';
import { createEvidence } from '#evidence/index.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { openedRecord } from '../../../test/harness/records.ts';
import type { KeyEntry } from '../../shapes.ts';
import { readProcessFile } from '../process-file.ts';
import { TOKEN_FILE } from '../snapshot/enrolment.ts';
import { openSpool } from '../spool/spool.ts';
import { createGateways, type Gateways } from './gateways.ts';
import { createSupervisor, type Supervisor, type SupervisorNeeds } from './supervisor.ts';
import { spawnWorker, type SpawnOptions, type WorkerProcess } from './worker-process.ts';

const KEY = `sp_${'k'.repeat(43)}`;
const APPLICATION = newId();
const log = createLog('test', 'silent');
const timeouts = { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, totalMs: 5_000 };
const key: KeyEntry = { id: newId(), name: 'first', hash: sha256Hex(KEY), applicationId: APPLICATION, expiresAt: null };

let store: TestDatabase;
let gateways: Gateways;
let server: HttpServer;
let controlUrl: string;
let keys: KeyEntry[] = [];
let folder: string;
let started: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  store = await createTestDatabase('postgres');
  const { database } = store;
  const evidence = createEvidence({ database, gatewayName: (id) => gateways.gatewayName(id) });
  gateways = createGateways({
    database, log, evidence, signingKey: createSigningKey(), installation: newId(),
    sections: {
      keys: async () => keys,
      applications: async () => [{ id: APPLICATION, name: 'test', owner: 'test', purpose: 'test' }],
      policies: async () => [{ id: newId(), name: 'permit-all', cedar: '@id("permit-all") permit (principal, action, resource);', mode: 'enforce', sharePercent: 100 }],
      upstreams: async () => [{ id: newId(), name: 'sandbox', kind: 'sandbox', baseUrl: '', models: ['sandbox-echo'], allowPrivate: false, timeouts }],
      detectors: async () => ({ disabled: [] }),
      limits: async () => ({ limits: [], prices: [] }),
      credentialsFor: async (sealingKey) => ({ upstreams: {}, maskingKey: seal(sealingKey, Buffer.from(Buffer.alloc(32, 7).toString('base64url')), 'masking-key') }),
    },
  });
  await gateways.start();
  server = await createHttpServer({ log, api: { title: 'test', version: '0', description: '' }, authenticate: (incoming) => gateways.authenticate(incoming) });
  gateways.routes(server);
  await server.listen({ host: '127.0.0.1', port: 0 });
  controlUrl = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}, 60_000);

afterAll(async () => {
  gateways.stop();
  await closeHttpServer(server);
  await store.remove();
});

const publish = async (next: KeyEntry[]) => {
  keys = next;
  await store.database.transaction((tx) => bumpConfiguration(tx));
};

beforeEach(async () => {
  await publish([key]);
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function supervise(changes: Partial<SupervisorNeeds> = {}): Supervisor {
  const supervisor = createSupervisor({ folder, controlUrl, host: '127.0.0.1', port: 0, workers: 1, durability: 'batch', gateways, log, ...changes });
  started.push(supervisor);
  return supervisor;
}

const slot = (n: number) => join(folder, String(n));
const pidOf = (n: number) => readProcessFile(slot(n))?.pid ?? 0;

async function call(port: number): Promise<number> {
  const body = JSON.stringify({ model: 'sandbox-echo', messages: [{ role: 'user', content: 'hello' }] });
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', connection: 'close' };
  const response = await request(`http://127.0.0.1:${port}/v1/chat/completions`, { method: 'POST', headers, body });
  await response.body.dump();
  return response.statusCode;
}

/** A gateway that a control before ours started. */
async function leftover(changes: Partial<SpawnOptions> = {}): Promise<{ worker: WorkerProcess; port: number }> {
  const own = changes.folder ?? slot(1);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(folder, 'control.url'), controlUrl);
  writeFileSync(join(own, TOKEN_FILE), (await gateways.createEnrolmentToken('local-1')).token);
  const settings: SpawnOptions = {
    folder: own, name: 'local-1', control: pathToFileURL(join(folder, 'control.url')).href, host: '127.0.0.1', port: 0, reusePort: false, durability: 'batch', flushOnly: false, ...changes,
  };
  return new Promise((resolve) => {
    let port = 0;
    const worker = spawnWorker(settings, (message) => {
      if (message.event === 'listening') port = message.port;
      if (message.event === 'serving') resolve({ worker, port });
    });
    started.push({ stop: async () => { worker.signal('SIGTERM'); await worker.ended; } });
  });
}

describe('the supervisor', () => {
  it('runs gateways on one port, tells them of a revoked key within two seconds, and starts again what was killed', async () => {
    const { port } = await supervise({ workers: 2 }).start();
    const calls = () => Promise.all(Array.from({ length: 12 }, () => call(port)));
    expect(new Set(await calls())).toEqual(new Set([200]));
    const pids = [pidOf(1), pidOf(2)];
    expect(pids.map((_pid, n) => readProcessFile(slot(n + 1))?.settings.port)).toEqual([port, port]);

    const began = performance.now();
    await publish([]);
    await vi.waitFor(async () => expect(new Set(await calls())).toEqual(new Set([401])), { timeout: 5_000, interval: 20 });
    expect(performance.now() - began).toBeLessThan(2_000);

    process.kill(pids[0]!, 'SIGKILL');
    await vi.waitFor(() => expect(pidOf(1)).not.toBe(pids[0]), { timeout: 10_000 });
    await vi.waitFor(() => expect(readProcessFile(slot(1))?.settings.port).toBe(port), { timeout: 10_000 });
    expect(pidOf(2)).toBe(pids[1]);
    expect(new Set(await calls())).toEqual(new Set([401]));
  }, 60_000);

  it('takes over a gateway that outlived its control, without a break', async () => {
    const { worker, port } = await leftover();
    expect(await supervise().start()).toEqual({ port });
    expect(pidOf(1)).toBe(worker.pid);
    expect(await call(port)).toBe(200);
    process.kill(worker.pid, 'SIGKILL');
    await vi.waitFor(() => expect([0, worker.pid]).not.toContain(pidOf(1)), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await call(port)).toBe(200), { timeout: 10_000 });
  }, 60_000);

  it('starts what is missing beside gateways that outlived their control', async () => {
    const { worker, port } = await leftover({ reusePort: true, folder: slot(2) });
    expect(await supervise({ workers: 2 }).start()).toEqual({ port });
    expect(pidOf(2)).toBe(worker.pid);
    expect(readProcessFile(slot(1))?.settings.port).toBe(port);
  }, 60_000);

  it('drains and replaces a gateway that was started with other settings', async () => {
    const { worker } = await leftover({ durability: 'sync' });
    const { port } = await supervise().start();
    await worker.ended;
    expect(pidOf(1)).not.toBe(worker.pid);
    expect(await call(port)).toBe(200);
  }, 60_000);

  it('ends its gateways when it stops, with all that they recorded at control', async () => {
    const supervisor = supervise();
    const { port } = await supervisor.start();
    await call(port);
    await supervisor.stop();
    await expect(call(port)).rejects.toThrow();
    expect(existsSync(join(slot(1), 'process.json'))).toBe(false);
    expect(readdirSync(join(slot(1), 'spool')).filter((name) => name.endsWith('.log'))).toEqual([]);
  }, 60_000);

  it('sends what a gateway left that no longer runs', async () => {
    const { exchange } = await leaveRecord(slot(2));
    await supervise().start();
    const isStored = async () =>
      (await sql<{ outcome: string }>`select outcome from evidence.exchange where id = ${exchange}::uuid`.execute(store.database.kysely)).rows[0]?.outcome;
    await vi.waitFor(async () => expect(await isStored()).toBe('interrupted'), { timeout: 15_000 });
    await vi.waitFor(() => expect(readdirSync(join(slot(2), 'spool'))).toEqual([]), { timeout: 5_000 });
  }, 60_000);

  it('says so when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(supervise({ port }).start()).rejects.toMatchObject({ code: 'address_in_use' });
    other.close();
  });

  it('fails to start when control does not answer with a snapshot in reach of its gateways', async () => {
    await expect(supervise({ gateways: { ...gateways, createEnrolmentToken: async () => ({ token: `spe_${'A'.repeat(43)}`, expiresAt: '' }) } }).start()).rejects.toMatchObject({ code: 'enrolment_refused' });
  }, 30_000);
});

async function leaveRecord(gatewayFolder: string): Promise<{ exchange: string }> {
  const spool = await openSpool({ folder: join(gatewayFolder, 'spool'), durability: 'batch', software: '0.1.0', log, onFailure: (error) => { throw error; } });
  const opened = openedRecord();
  void spool.open(opened);
  await spool.release();
  return opened;
}

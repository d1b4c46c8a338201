import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCounters, type Counters } from './counters.ts';
import { createFallbackCounters } from './fallback-counters.ts';
import { createRateGauge } from './rate-gauge.ts';
import { createRedisCounters } from './redis-counters.ts';

const log = pino({ level: 'silent' });

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** A real server (Debian's redis-server), which npm test's set-up installs. */
async function startRedis(folder: string, port: number): Promise<ChildProcess> {
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.stdout!.on('data', (text: Buffer) => { if (text.includes('Ready to accept connections')) resolve(); });
  });
  return server;
}

const end = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });

describe('counters in Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spr-'));
  let port: number;
  let redis: ChildProcess;
  let opened: Counters[] = [];
  beforeAll(async () => {
    port = await freePort();
    redis = await startRedis(folder, port);
  });
  afterEach(async () => {
    for (const counters of opened) await counters.close();
    opened = [];
  });
  afterAll(async () => {
    await end(redis);
    rmSync(folder, { recursive: true, force: true });
  });
  const open = async (): Promise<Counters> => {
    const counters = createRedisCounters({ url: `redis://127.0.0.1:${port}`, log });
    opened.push(counters);
    await expect.poll(() => counters.add('warm-up', 1, 1).then(() => true, () => false)).toBe(true);
    return counters;
  };

  it('counts for gateways of several machines together', async () => {
    const [one, two] = [await open(), await open()];
    expect(await one.add('n', 5, 60)).toMatchObject({ total: 5, share: 1 });
    expect((await two.add('n', 2, 60)).total).toBe(7);
    const { total, endsInMs } = await one.add('n', -4, 60);
    expect(total).toBe(3);
    expect(endsInMs).toBeGreaterThan(58_000);
  });

  it('lets exactly the limit through, over all gateways', async () => {
    const counters = [await open(), await open(), await open()];
    const gauges = counters.map((each) => createRateGauge({ counters: each, name: 'exact', seconds: 60, now: () => performance.now() }));
    const waits = await Promise.all(Array.from({ length: 300 }, async (_, call) => gauges[call % 3]!.take(1, 64)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(64);
  });

  it('shares places', async () => {
    const [one, two] = [await open(), await open()];
    expect(await one.enter({ name: 'p', member: 'x' }, 2)).toBe(true);
    expect(await two.enter({ name: 'p', member: 'y' }, 2)).toBe(true);
    expect(await two.enter({ name: 'p', member: 'z' }, 2)).toBe(false);
    one.leave({ name: 'p', member: 'x' });
    await expect.poll(() => two.enter({ name: 'p', member: 'z' }, 2)).toBe(true);
  });

  it('never tells the log its password, also when that is refused', async () => {
    const logged: string[] = [];
    const telling = pino({ level: 'trace' }, { write: (line: string) => { logged.push(line); } });
    const shared = createRedisCounters({ url: `redis://caller:canary-password@127.0.0.1:${port}`, log: telling });
    const counters = createFallbackCounters({ shared, otherwise: createLocalCounters(), name: 'redis', log: telling });
    opened.push(counters);
    await expect.poll(async () => {
      await counters.add('password', 1, 60);
      return logged.length;
    }).toBeGreaterThan(1);
    expect(logged.join('')).not.toContain('canary-password');
  });

  it('goes on by itself while Redis is away, without waiting for it, and with Redis when it is back', async () => {
    const counters = createFallbackCounters({ shared: await open(), otherwise: createLocalCounters(() => 2), name: 'redis', log });
    expect(await counters.add('away', 1, 60)).toMatchObject({ total: 1, share: 1 });
    await end(redis);
    const begun = performance.now();
    for (let call = 0; call < 20; call++) await counters.add('away', 1, 60);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await counters.add('away', 1, 60)).toMatchObject({ share: 2 });
    redis = await startRedis(folder, port);
    await expect.poll(async () => (await counters.add('away', 1, 60)).share, { timeout: 10_000 }).toBe(1);
  });
});

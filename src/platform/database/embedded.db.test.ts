import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { copyData } from '../../../test/harness/embedded-template.ts';
import { removeFolder, temporaryFolder } from '../../../test/harness/temporary-folder.ts';
import { migrations } from '../../migrations.ts';
import { createLog } from '../log.ts';
import { configurationVersion, openDatabase, type Database, type DatabaseLimits } from './index.ts';

const log = createLog('test', 'silent');
// Each test starts one or two engines: a second in all on a quiet machine, many on one that runs everything at once.
vi.setConfig({ testTimeout: 60_000 });

const workers: Worker[] = [];
const noteWorker = (worker: Worker) => workers.push(worker);
const cleanUps: (() => Promise<void> | void)[] = [];

beforeAll(() => void process.on('worker', noteWorker));
afterAll(() => void process.off('worker', noteWorker));
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function dataFolder(): Promise<string> {
  const data = temporaryFolder();
  cleanUps.push(() => removeFolder(data));
  await copyData(inject('databases')?.embedded ?? '', data);
  return data;
}

async function open(data: string, limits: Partial<DatabaseLimits> = {}): Promise<Database> {
  const database = await openDatabase({ data, log, migrations, limits });
  cleanUps.push(() => database.close());
  return database;
}

const count = async (database: Database) => (await sql<{ n: number }>`select count(*) as n from written`.execute(database.kysely)).rows[0]?.n;
const unavailable = { status: 503, code: 'database_unavailable' };

describe('the worker of the embedded database', () => {
  it('is started again when it dies: what ran is refused, what was committed is there, what comes next works', async () => {
    const database = await open(await dataFolder());
    await sql`create table written (n int)`.execute(database.kysely);
    await sql`insert into written select generate_series(1, 100)`.execute(database.kysely);

    const running = sql`select count(*) from generate_series(1, 50000000)`.execute(database.kysely);
    const inTransaction = database.transaction(async (tx) => sql`insert into written values (0)`.execute(tx));
    const refused = expect(running).rejects.toMatchObject(unavailable);
    await workers.at(-1)?.terminate();
    await refused;
    // It waited for the connection and gets the new one.
    await inTransaction;
    expect(await count(database)).toBe(101);
  });

  it('dies amid a transaction: nothing of it stays', async () => {
    const database = await open(await dataFolder());
    await sql`create table written (n int)`.execute(database.kysely);
    const failing = database.transaction(async (tx) => {
      await sql`insert into written values (1)`.execute(tx);
      await workers.at(-1)?.terminate();
      await sql`insert into written values (2)`.execute(tx);
    });
    await expect(failing).rejects.toMatchObject(unavailable);
    expect(await count(database)).toBe(0);
  });

  it('is ended when a statement runs past its limit, and does not hold up the rest', async () => {
    const database = await open(await dataFolder(), { statementMs: 1_500 });
    const endless = sql`select count(*) from generate_series(1, 10000000000)`.execute(database.kysely);
    await expect(endless).rejects.toMatchObject(unavailable);
    expect(await configurationVersion(database.kysely)).toBe(1);
  });

  it('that cannot open its folder is an unavailable database, not a crash', async () => {
    const data = temporaryFolder();
    cleanUps.push(() => removeFolder(data));
    mkdirSync(join(data, 'database', 'cluster'), { recursive: true });
    writeFileSync(join(data, 'database', 'cluster', 'PG_VERSION'), '9.1\n');
    await expect(openDatabase({ data, log, migrations })).rejects.toMatchObject(unavailable);
    expect(existsSync(join(data, 'database', 'lock'))).toBe(false);
  });
});

describe('the one connection', () => {
  it('refuses who waits too long, and goes on', async () => {
    const database = await open(await dataFolder(), { waitMs: 100 });
    const done = Promise.withResolvers<void>();
    const holding = database.transaction(() => done.promise);
    await expect(configurationVersion(database.kysely)).rejects.toMatchObject(unavailable);
    done.resolve();
    await holding;
    expect(await configurationVersion(database.kysely)).toBe(1);
  });

  it('lets no more wait than its bound', async () => {
    const database = await open(await dataFolder(), { waitingMax: 3 });
    const done = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const holding = database.transaction(() => (entered.resolve(), done.promise));
    await entered.promise;
    const waiting = Promise.allSettled(Array.from({ length: 5 }, () => configurationVersion(database.kysely)));
    done.resolve();
    expect((await waiting).map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await holding;
  });
});

describe('the folder', () => {
  it('belongs to one opener at a time', async () => {
    const data = await dataFolder();
    const first = await open(data);
    await expect(openDatabase({ data, log, migrations })).rejects.toMatchObject({ status: 409, code: 'folder_in_use' });
    await first.close();
    expect(await configurationVersion((await open(data)).kysely)).toBe(1);
  });

  it('is taken over from an owner that was killed, with every row that it was told is stored', async () => {
    const data = await dataFolder();
    const acknowledged = await killAmidInserts(data);
    const database = await open(data);
    expect(acknowledged).toBeGreaterThan(0);
    expect(await count(database)).toBeGreaterThanOrEqual(acknowledged);
  });

  it('whose making was cut short is made anew', async () => {
    const data = temporaryFolder();
    cleanUps.push(() => removeFolder(data));
    mkdirSync(join(data, 'database', 'cluster.unfinished', 'base'), { recursive: true });
    writeFileSync(join(data, 'database', 'cluster.unfinished', 'PG_VERSION'), '18\n');
    expect(await configurationVersion((await open(data)).kysely)).toBe(1);
  }, 60_000);
});

/** Lets another process insert rows one by one and kills it. @returns how many it was told are stored */
async function killAmidInserts(data: string): Promise<number> {
  const writer = spawn(process.execPath, [join(import.meta.dirname, '../../../test/harness/insert-rows.ts'), data], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(writer, 'exit');
  let acknowledged = 0;
  for await (const chunk of writer.stdout) {
    acknowledged += (chunk as Buffer).toString().split('\n').length - 1;
    if (acknowledged >= 50) writer.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

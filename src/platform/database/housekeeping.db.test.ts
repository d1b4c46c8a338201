import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { keepHouse } from './housekeeping.ts';

let own: TestDatabase;

beforeAll(async () => {
  own = await createTestDatabase('pglite');
  await sql`create table heap (n int primary key, text text)`.execute(own.database.kysely);
});
afterAll(() => own.remove());

const fill = (from: number) => sql`insert into heap select n, repeat(md5(n::text), 30) from generate_series(${from}::int, ${from + 20_000}::int) as n`.execute(own.database.kysely);
const logSegments = () => readdirSync(join('data' in own.place ? own.place.data : '', 'database', 'cluster', 'pg_wal')).length;

it('keeps the write-ahead log of the embedded engine bounded', async () => {
  const { kysely } = own.database;
  for (let round = 0; round < 2; round += 1) await fill(round * 100_000);
  await keepHouse(kysely, false);
  const afterOne = logSegments();
  for (let round = 2; round < 6; round += 1) {
    await fill(round * 100_000);
    await keepHouse(kysely, false);
  }
  // Each fill writes more than 20 segments: without checkpoints there would be over 80 more.
  expect(logSegments()).toBeLessThan(afterOne + 40);
}, 60_000);

it('clears deleted rows away, so that their room is used again', async () => {
  const { kysely } = own.database;
  await sql`delete from heap`.execute(kysely);
  const dead = async () => {
    // Counts are otherwise handed on once a second at most.
    await sql`select pg_stat_force_next_flush()`.execute(kysely);
    return (await sql<{ n: number }>`select n_dead_tup as n from pg_stat_user_tables where relname = 'heap'`.execute(kysely)).rows[0]?.n ?? 0;
  };
  expect(await dead()).toBeGreaterThan(10_000);
  await keepHouse(kysely, true);
  expect(await dead()).toBe(0);
}, 60_000);

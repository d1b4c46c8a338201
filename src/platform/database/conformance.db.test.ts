import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import { describeOnBothEngines } from '../../../test/harness/database.ts';
import { asJson, bumpConfiguration, configurationVersion, isUniqueViolation, StatementError, type Database } from './index.ts';

interface Thing {
  id: string;
  name: string;
  at: string | null;
  count: number | null;
  note: unknown;
}

/** What each engine must do alike. */
describeOnBothEngines('a database', (getDatabase) => {
  let database: Database<{ 'conformance.thing': Thing }>;

  beforeAll(async () => {
    database = getDatabase().withTables();
    await sql`create schema conformance`.execute(database.kysely);
    await sql`create table conformance.thing (id uuid primary key, name text not null, at timestamptz, count bigint check (count >= 0), note jsonb,
      constraint thing_name_key unique (name))`.execute(database.kysely);
    await sql`create table conformance.part (id uuid primary key, thing uuid not null references conformance.thing (id))`.execute(database.kysely);
  });

  const thing = (name: string, more: Partial<Thing> = {}): Thing => ({ id: newId(), name, at: null, count: null, note: null, ...more });
  const insert = (values: Thing) => database.kysely.insertInto('conformance.thing').values({ ...values, note: asJson(values.note) }).execute();
  const names = async () => (await database.kysely.selectFrom('conformance.thing').select('name').execute()).map(({ name }) => name);

  describe('values', () => {
    it('come back as they went in', async () => {
      const note = { list: [1, 'two', null, { three: 3 }], text: 'ünï "quoted" \\ \u2028 🚪', empty: {} };
      const values = thing('round trip', { at: '2026-11-23T12:34:56.789Z', count: 2 ** 53 - 1, note });
      await insert(values);
      expect(await database.kysely.selectFrom('conformance.thing').selectAll().where('id', '=', values.id).executeTakeFirst()).toEqual(values);
    });

    it('have one JavaScript form for each type', async () => {
      const { rows } = await sql`select true as bool, 7::int2 as int2, 7::int4 as int4, 7::int8 as int8, 0.5::float8 as float8, 1.50::numeric as numeric,
        'x'::text as text, '01890000-0000-7000-8000-000000000000'::uuid as uuid, '[1]'::jsonb as jsonb, '{"a":1}'::json as json, '\\x00ff'::bytea as bytea,
        '2026-01-02'::date as date, '2026-01-02 03:04:05.678901+02'::timestamptz as at, '2026-01-02 03:04:05'::timestamptz as whole_second, 'infinity'::timestamptz as never,
        '2026-01-02 03:04:05'::timestamp as local, '1 day'::interval as interval, array['a', null, 'b,"c"']::text[] as texts, array[1, null]::int8[] as int8s,
        array['2026-01-02 03:04:05+00']::timestamptz[] as ats, null as nothing`.execute(database.kysely);
      expect(rows).toEqual([{
        bool: true, int2: 7, int4: 7, int8: 7, float8: 0.5, numeric: '1.50',
        text: 'x', uuid: '01890000-0000-7000-8000-000000000000', jsonb: [1], json: { a: 1 }, bytea: Buffer.from([0, 255]),
        date: '2026-01-02', at: '2026-01-02T01:04:05.678Z', whole_second: '2026-01-02T03:04:05.000Z', never: 'infinity',
        local: '2026-01-02 03:04:05', interval: '1 day', texts: ['a', null, 'b,"c"'], int8s: [1, null],
        ats: ['2026-01-02T03:04:05.000Z'], nothing: null,
      }]);
    });

    it('pass as parameters: arrays as arrays, dates as instants, bytes as bytes', async () => {
      const bytes = randomBytes(300);
      const { rows } = await sql`select ${['a', 'b"c']}::text[] as texts, ${new Date('2026-05-06T07:08:09.010Z')}::timestamptz as at, ${bytes}::bytea as bytes,
        ${asJson(['x'])} as list, ${null}::text as nothing, ${12}::int8 as number, ${false}::bool as flag`.execute(database.kysely);
      expect(rows).toEqual([{ texts: ['a', 'b"c'], at: '2026-05-06T07:08:09.010Z', bytes, list: ['x'], nothing: null, number: 12, flag: false }]);
    });

    it('of a jsonb may be large', async () => {
      const note = Array.from({ length: 20_000 }, (_, index) => ({ index, text: 'long enough to add up '.repeat(10) }));
      const values = thing('large', { note });
      await insert(values);
      const row = await database.kysely.selectFrom('conformance.thing').select('note').where('id', '=', values.id).executeTakeFirstOrThrow();
      expect(row.note).toEqual(note);
    });

    it('beyond what a number holds exactly are refused, and the connection lives on', async () => {
      await expect(sql`select 9007199254740993::int8 as n`.execute(database.kysely)).rejects.toThrow();
      expect((await sql`select 1 as n`.execute(database.kysely)).rows).toEqual([{ n: 1 }]);
    });

    it('of many rows arrive in order', async () => {
      const { rows } = await sql<{ n: number }>`select n from generate_series(1, 30000) as n order by n`.execute(database.kysely);
      expect(rows.length).toBe(30_000);
      expect(rows.at(-1)).toEqual({ n: 30_000 });
    });

    it('tell how many rows a statement changed', async () => {
      await insert(thing('counted 1'));
      await insert(thing('counted 2'));
      const { numUpdatedRows } = await database.kysely.updateTable('conformance.thing').set({ count: 1 }).where('name', 'like', 'counted%').executeTakeFirstOrThrow();
      expect(numUpdatedRows).toBe(2n);
    });
  });

  describe('a transaction', () => {
    it('keeps all of its work when it commits', async () => {
      await database.transaction(async (tx) => {
        await tx.insertInto('conformance.thing').values(thing('committed 1')).execute();
        await tx.insertInto('conformance.thing').values(thing('committed 2')).execute();
      });
      expect(await names()).toEqual(expect.arrayContaining(['committed 1', 'committed 2']));
    });

    it('keeps nothing when it throws', async () => {
      const failing = database.transaction(async (tx) => {
        await tx.insertInto('conformance.thing').values(thing('rolled back')).execute();
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      expect(await names()).not.toContain('rolled back');
    });

    it('keeps nothing when a statement fails, and the connection serves on', async () => {
      const failing = database.transaction(async (tx) => {
        await tx.insertInto('conformance.thing').values(thing('half done')).execute();
        await sql`select nonsense from nowhere`.execute(tx);
      });
      await expect(failing).rejects.toThrow('42P01');
      expect(await names()).not.toContain('half done');
    });

    it('whose failed statement was ignored does not pretend to have committed', async () => {
      const failing = database.transaction(async (tx) => {
        await tx.insertInto('conformance.thing').values(thing('ignored failure')).execute();
        await sql`select nonsense from nowhere`.execute(tx).catch(() => undefined);
      });
      await expect(failing).rejects.toThrow();
      expect(await names()).not.toContain('ignored failure');
    });

    it('is alone with its rows: twenty at once lose no update', async () => {
      const values = thing('counter', { count: 0 });
      await insert(values);
      const raise = () => database.transaction(async (tx) => {
        const { count } = await tx.selectFrom('conformance.thing').select('count').where('id', '=', values.id).forUpdate().executeTakeFirstOrThrow();
        await tx.updateTable('conformance.thing').set({ count: (count ?? 0) + 1 }).where('id', '=', values.id).execute();
      });
      await Promise.all(Array.from({ length: 20 }, raise));
      expect((await database.kysely.selectFrom('conformance.thing').select('count').where('id', '=', values.id).executeTakeFirstOrThrow()).count).toBe(20);
    });

    it('runs again after a deadlock or serialisation failure, three times at most', async () => {
      let runs = 0;
      const failing = database.transaction(async (tx) => {
        runs += 1;
        await sql`do $$ begin raise exception 'try again' using errcode = '40001'; end $$`.execute(tx);
      });
      await expect(failing).rejects.toThrow('40001');
      expect(runs).toBe(3);
    });

    it('refuses a query beside it, which would wait for itself', async () => {
      await expect(database.transaction(async () => sql`select 1`.execute(database.kysely))).rejects.toThrow('use the transaction');
      await expect(database.transaction(async () => database.transaction(async () => 1))).rejects.toThrow('use the transaction');
    });

    it('lets work that it set off query once it has ended', async () => {
      const begun = Promise.withResolvers<void>();
      const later = await database.transaction(async () => ({ answer: begun.promise.then(() => sql`select 1 as one`.execute(database.kysely)) }));
      begun.resolve();
      expect((await later.answer).rows).toEqual([{ one: 1 }]);
    });
  });

  describe('a refused statement', () => {
    const failure = async (work: Promise<unknown>): Promise<StatementError> => {
      const error: unknown = await work.then(() => undefined, (reason: unknown) => reason);
      if (!(error instanceof StatementError)) throw new Error(`Expected a StatementError, got ${String(error)}`);
      return error;
    };

    it('names the violation and the constraint, not the value', async () => {
      await insert(thing('secret-name'));
      const error = await failure(insert(thing('secret-name')));
      expect(error).toMatchObject({ sqlState: '23505', violation: 'unique', constraint: 'thing_name_key' });
      expect(isUniqueViolation(error)).toBe(true);
      expect(isUniqueViolation(error, 'thing_name_key')).toBe(true);
      expect(isUniqueViolation(error, 'another')).toBe(false);
      expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('secret-name');
    });

    it.each([
      ['check', () => insert(thing('negative', { count: -1 })), '23514'],
      ['not_null', () => sql`insert into conformance.thing (id) values (${newId()})`.execute(database.kysely), '23502'],
      ['foreign_key', () => sql`insert into conformance.part values (${newId()}, ${newId()})`.execute(database.kysely), '23503'],
    ])('tells a %s violation', async (violation, work, sqlState) => {
      expect(await failure(work())).toMatchObject({ violation, sqlState });
    });

    it('quotes no value that it could not read', async () => {
      const error = await failure(sql`select ${'a-secret'}::uuid`.execute(database.kysely));
      expect(error.sqlState).toBe('22P02');
      expect(error.message).not.toContain('a-secret');
    });

    it('leaves the connections sane, however many there are', async () => {
      const failures = await Promise.allSettled(Array.from({ length: 40 }, () => sql`select 1/0`.execute(database.kysely)));
      expect(failures.every(({ status }) => status === 'rejected')).toBe(true);
      expect((await sql`select 1 as one`.execute(database.kysely)).rows).toEqual([{ one: 1 }]);
    });
  });

  describe('the configuration', () => {
    it('rises by one with each commit and calls who listens, after the commit', async () => {
      const before = await configurationVersion(database.kysely);
      const heard: Promise<number>[] = [];
      const stop = database.onConfigurationChange(() => heard.push(configurationVersion(database.kysely)));
      expect(await database.transaction((tx) => bumpConfiguration(tx))).toBe(before + 1);
      expect(await Promise.all(heard)).toEqual([before + 1]);
      stop();
      await database.transaction((tx) => bumpConfiguration(tx));
      expect(heard.length).toBe(1);
      expect(await configurationVersion(database.kysely)).toBe(before + 2);
    });

    it('stays, and calls nobody, when the transaction fails', async () => {
      const before = await configurationVersion(database.kysely);
      let calls = 0;
      const stop = database.onConfigurationChange(() => (calls += 1));
      await expect(database.transaction(async (tx) => {
        await bumpConfiguration(tx);
        throw new Error('on purpose');
      })).rejects.toThrow('on purpose');
      stop();
      expect(calls).toBe(0);
      expect(await configurationVersion(database.kysely)).toBe(before);
    });

    it('gives each of many writers a version of its own', async () => {
      const versions = await Promise.all(Array.from({ length: 10 }, () => database.transaction((tx) => bumpConfiguration(tx))));
      expect(new Set(versions).size).toBe(10);
    });
  });

  it('answers no more once it is closed', async () => {
    await database.close();
    const error: unknown = await sql`select ${randomUUID()}`.execute(database.kysely).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof AppError ? error.status : 503).toBe(503);
  });
});

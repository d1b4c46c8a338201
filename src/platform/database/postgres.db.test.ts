import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { migrations } from '../../migrations.ts';
import { createLog } from '../log.ts';
import { configurationVersion, openDatabase } from './index.ts';

const log = createLog('test', 'silent');
const unavailable = { status: 503, code: 'database_unavailable' };
let own: TestDatabase | undefined;

afterEach(async () => {
  await own?.remove();
  own = undefined;
});

async function ownUrl(): Promise<string> {
  own = await createTestDatabase('postgres');
  return 'url' in own.place ? own.place.url : '';
}

describe('connections to PostgreSQL', () => {
  it('that the server ends are replaced; what ran on them is refused', async () => {
    const database = await openDatabase({ url: await ownUrl(), log, migrations });
    const running = sql`select pg_sleep(30)`.execute(database.kysely);
    const refused = expect(running).rejects.toMatchObject(unavailable);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep%' and pid <> pg_backend_pid()`.execute(database.kysely);
    await refused;
    expect(await configurationVersion(database.kysely)).toBe(1);
    await database.close();
  });

  it('lost amid a transaction while idle end the transaction, not the process', async () => {
    const database = await openDatabase({ url: await ownUrl(), log, migrations });
    const failing = database.transaction(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      const { kysely } = own!.database;
      await sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(kysely).catch(() => undefined);
      await sql`update platform.configuration set version = version + 1`.execute(tx);
    });
    await expect(failing).rejects.toThrow();
    expect(await configurationVersion(database.kysely)).toBe(1);
    await database.close();
  });

  it('end a statement that runs past its limit, which is a fault of the statement', async () => {
    const database = await openDatabase({ url: await ownUrl(), log, migrations, limits: { statementMs: 200 } });
    await expect(sql`select pg_sleep(10)`.execute(database.kysely)).rejects.toMatchObject({ sqlState: '57014' });
    await database.close();
  });

  it('that cannot be made are an unavailable database, and the address stays out of the message', async () => {
    const secret = randomBytes(8).toString('hex');
    const opening = openDatabase({ url: `postgres://someone:${secret}@127.0.0.1:1/nothing`, log, migrations });
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(error).toMatchObject(unavailable);
    expect(JSON.stringify(error) + String(error)).not.toContain(secret);
  });
});

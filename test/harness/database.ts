import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { openDatabase, type Database, type Engine } from '#platform/database/index.ts';
import { createLog } from '#platform/log.ts';
import { migrations } from '../../src/migrations.ts';
import { copyData } from './embedded-template.ts';
import { createPostgresDatabase, databaseUrl, dropPostgresDatabase } from './postgres.ts';
import { removeFolder, temporaryFolder } from './temporary-folder.ts';

export interface TestDatabase {
  readonly database: Database;
  /** What `openDatabase` was given: a data folder or a URL. */
  readonly place: { readonly data: string } | { readonly url: string };
  /** Closes it and removes what it stored. */
  remove(): Promise<void>;
}

const log = createLog('test', process.env['SALLYPORT_LOG_LEVEL'] ?? 'warn');
const ENGINES: readonly Engine[] = ['pglite', 'postgres'];

/**
 * The same tests on both engines, each with a database of its own that has all migrations. It lives as long as the group.
 * Put these in `*.db.test.ts`.
 *
 * @param tests given a function that answers the database, within a test or hook
 */
export function describeOnBothEngines(name: string, tests: (getDatabase: () => Database, engine: Engine) => void): void {
  describe.each(ENGINES)(`${name} (%s)`, (engine) => {
    let own: TestDatabase | undefined;
    beforeAll(async () => {
      own = await createTestDatabase(engine);
    });
    afterAll(() => own?.remove());
    tests(() => {
      if (!own) throw new Error('The database is there within tests and hooks only.');
      return own.database;
    }, engine);
  });
}

/** A migrated database of one's own. */
export async function createTestDatabase(engine: Engine): Promise<TestDatabase> {
  const shared = inject('databases');
  if (!shared) throw new Error('No databases were started: name the file *.db.test.ts.');
  if (engine === 'pglite') {
    const data = temporaryFolder();
    await copyData(shared.embedded, data);
    return openTestDatabase({ data }, () => removeFolder(data));
  }
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createPostgresDatabase(shared.socket, name, shared.template);
  return openTestDatabase({ url: databaseUrl(shared.socket, name) }, () => dropPostgresDatabase(shared.socket, name));
}

async function openTestDatabase(place: TestDatabase['place'], discard: () => void | Promise<void>): Promise<TestDatabase> {
  const database = await openDatabase({ ...place, log, migrations });
  return {
    database,
    place,
    remove: async () => {
      await database.close();
      await discard();
    },
  };
}

import { join } from 'node:path';
import type { PostgresPool } from 'kysely';
import type pg from 'pg';
import type { Log } from '../log.ts';
import { createDatabase, type Database } from './database.ts';
import { lockFolder } from '../folder-lock.ts';
import { migrate, type MigrationSource } from './migrate.ts';
import { createPgliteSockets } from './pglite-stream.ts';
import { createPool } from './pool.ts';

export { bumpConfiguration, configurationVersion } from './configuration.ts';
export { type Database, type Engine, type Reader, type Tx } from './database.ts';
export { isUniqueViolation, StatementError } from './errors.ts';
export { asJson } from './json.ts';
export { MigrationError, type MigrationSource } from './migrate.ts';

export interface DatabaseOptions {
  readonly log: Log;
  readonly migrations: readonly MigrationSource[];
  /** The installation's data folder: the embedded engine keeps its files in `database/` there. Not used when `url` is given. */
  readonly data?: string;
  /** `postgres://…` */
  readonly url?: string;
  /** Connections to PostgreSQL; default 10. */
  readonly connectionsMax?: number;
}

const STATEMENT_LIMIT_MS = 60_000;
const WAIT_LIMITS = { waitMs: 15_000, waitingMax: 2_000 };
const CONNECT_LIMIT_MS = 10_000;

/**
 * Opens the store and brings it to this release's schema.
 *
 * @throws AppError `folder_in_use` (409), `database_unavailable` (503); MigrationError
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = options.url === undefined ? openEmbedded(options) : openPostgres(options, options.url);
  try {
    const applied = await migrate(database, options.migrations);
    options.log.info({ engine: database.engine, migrations: applied }, 'database is open');
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function openEmbedded({ data, log }: DatabaseOptions): Database {
  if (data === undefined) throw new TypeError('Either a data folder or the URL of a database is needed.');
  const folder = join(data, 'database');
  const unlock = lockFolder(folder);
  const stream = createPgliteSockets({ folder, statementLimitMs: STATEMENT_LIMIT_MS });
  // The driver takes more than a socket as its stream; its types do not say so.
  const config = { max: 1, idleTimeoutMillis: 0, user: 'postgres', database: 'postgres', stream };
  return createDatabase('pglite', createPool(config as unknown as pg.PoolConfig, WAIT_LIMITS, log), unlock);
}

function openPostgres({ connectionsMax, log }: DatabaseOptions, url: string): Database {
  const pool: PostgresPool = createPool(
    {
      connectionString: url,
      application_name: 'sallyport',
      max: connectionsMax ?? 10,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      statement_timeout: STATEMENT_LIMIT_MS,
      idle_in_transaction_session_timeout: STATEMENT_LIMIT_MS,
      keepAlive: true,
      onConnect: (client) => client.query("set time zone 'UTC'").then(() => undefined),
    },
    WAIT_LIMITS,
    log,
  );
  return createDatabase('postgres', pool, () => undefined);
}

import { join } from 'node:path';
import type pg from 'pg';
import { lockFolder } from '../folder-lock.ts';
import type { Log } from '../log.ts';
import { createDatabase, type Database } from './database.ts';
import { startHousekeeping } from './housekeeping.ts';
import { migrate, type MigrationSource } from './migrate.ts';
import { createPgliteSockets } from './pglite-stream.ts';
import { createPool, type PoolLimits } from './pool.ts';

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
  readonly limits?: Partial<DatabaseLimits>;
}

export interface DatabaseLimits extends PoolLimits {
  /** How long a statement may run. The embedded engine cannot cancel one: there the worker is ended and started again. */
  readonly statementMs: number;
  /** Connections to PostgreSQL; the embedded engine has one. */
  readonly connectionsMax: number;
}

const LIMITS: DatabaseLimits = { statementMs: 60_000, waitMs: 15_000, waitingMax: 2_000, connectionsMax: 10 };
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

/**
 * PGlite survives the death of its process or thread (write-ahead log, recovered at the next opening), but cannot make the disk
 * write: a power cut may cost what the operating system had not written yet. Who must not lose that uses PostgreSQL.
 */
function openEmbedded({ data, log, limits }: DatabaseOptions): Database {
  if (data === undefined) throw new TypeError('Either a data folder or the URL of a database is needed.');
  const { statementMs, ...poolLimits } = { ...LIMITS, ...limits };
  const folder = join(data, 'database');
  const unlock = lockFolder(folder);
  const sockets = createPgliteSockets({ folder, statementLimitMs: statementMs });
  // The driver takes more than a socket as its stream; its types do not say so.
  const config = { max: 1, idleTimeoutMillis: 0, user: 'postgres', database: 'postgres', stream: sockets.open };
  const database = createDatabase('pglite', createPool(config as unknown as pg.PoolConfig, poolLimits, log), async (endConnections) => {
    await housekeeping.stop();
    await endConnections();
    await sockets.ended();
    unlock();
  });
  const housekeeping = startHousekeeping(database.kysely, log);
  return database;
}

function openPostgres({ log, limits }: DatabaseOptions, url: string): Database {
  const { statementMs, connectionsMax, ...poolLimits } = { ...LIMITS, ...limits };
  const config: pg.PoolConfig = {
    connectionString: url,
    application_name: 'sallyport',
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    keepAlive: true,
    onConnect: (client) => client.query("set time zone 'UTC'").then(() => undefined),
  };
  return createDatabase('postgres', createPool(config, poolLimits, log), (endConnections) => endConnections());
}

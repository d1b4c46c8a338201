import pg from 'pg';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { databaseUnavailable, toDatabaseError } from './errors.ts';
import { insideTransaction } from './running.ts';
import { valueTypes } from './value-types.ts';

export interface PoolLimits {
  /** How long a statement waits while all connections are in use. */
  readonly waitMs: number;
  /** How many may wait; one more is refused at once. */
  readonly waitingMax: number;
}

/** A pool as Kysely wants it, that is bounded, and that fails in the shapes of `errors.ts` alone. */
export function createPool(config: pg.PoolConfig, limits: PoolLimits, log: Log): PostgresPool {
  const pool = new pg.Pool({ ...config, types: valueTypes });
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  const lost = (error: Error) => {
    if (!pool.ending) log.warn({ reason: error.message }, 'a database connection was lost');
  };
  pool.on('error', lost);
  // A connection that breaks while it is lent and idle speaks up by an event alone; unheard, that would end the process.
  pool.on('connect', (client) => client.on('error', lost));

  const connect = async (): Promise<PostgresPoolClient> => {
    if (insideTransaction(bounded)) throw new Error('A query beside its own transaction would wait for itself: use the transaction.');
    if (pool.waitingCount >= limits.waitingMax) throw databaseUnavailable(`${pool.waitingCount} statements wait for a connection`);
    const client = await lend(pool, limits.waitMs);
    const known = clients.get(client) ?? withDatabaseErrors(client);
    clients.set(client, known);
    return known;
  };
  const bounded: PostgresPool = { connect, end: () => pool.end(), options: {} };
  return bounded;
}

/** A client that comes after the limit goes straight back. A connection that is new has the driver's limit instead. */
async function lend(pool: pg.Pool, waitMs: number): Promise<pg.PoolClient> {
  const allInUse = pool.idleCount <= pool.waitingCount && pool.totalCount >= pool.options.max;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = allInUse ? setTimeout(() => reject(databaseUnavailable(`no free connection within ${waitMs} ms`)), waitMs) : undefined;
  const client = pool.connect();
  try {
    return await Promise.race([client, late]);
  } catch (error) {
    client.then((unused) => unused.release(), () => undefined);
    throw toDatabaseError(error);
  } finally {
    clearTimeout(timer);
  }
}

function withDatabaseErrors(client: pg.PoolClient): PostgresPoolClient {
  // The server says that it ends a connection before the socket closes; such a client must not be lent again in between.
  let isLost = false;
  const query = async (text: string, parameters?: readonly unknown[]) => {
    try {
      return await client.query(text, parameters as unknown[]);
    } catch (error) {
      const shaped = toDatabaseError(error);
      isLost ||= shaped instanceof AppError;
      throw shaped;
    }
  };
  return { query: query as unknown as PostgresPoolClient['query'], release: (destroy) => client.release(destroy === true || isLost) };
}

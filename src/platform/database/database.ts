import { Kysely, PostgresDialect, type PostgresPool, type Transaction } from 'kysely';
import { isRetryable } from './errors.ts';
import { trackTransaction } from './running.ts';

export type Engine = 'pglite' | 'postgres';

// A Kysely of one schema cannot be assigned to one of another, so that nothing narrower fits every caller.
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * A transaction whose tables are not told. Functions that take part in another module's transaction accept this and narrow it with
 * `tx.withTables<OwnTables>()`.
 */
export type Tx = Transaction<any>;
/** Where to read: a transaction, or the database beside all of them. */
export type Reader = Kysely<any>;
/* eslint-enable @typescript-eslint/no-explicit-any */

/** The one door to stored state, the same over both engines. `Tables` is what a module's `tables.ts` declares. */
export interface Database<Tables = unknown> {
  readonly engine: Engine;
  readonly kysely: Kysely<Tables>;
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. After a deadlock or serialisation
   * failure it runs again, at most three times in all, so `work` must do nothing but speak to the transaction.
   * The embedded engine has one connection: every other query waits, so nothing slow belongs in here. A query on `kysely` amid it
   * would wait for itself and is refused.
   */
  transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** The same database with the tables of a module. */
  withTables<Own>(): Database<Own>;
  /** Called after each commit, in this process, of a transaction that called `bumpConfiguration`. @returns ends it */
  onConfigurationChange(listener: () => void): () => void;
  /** Ends all connections. Queries that run are waited for; later ones fail. */
  close(): Promise<void>;
}

const ATTEMPTS_MAX = 3;

/** @param close is given what ends the connections, and sees to what stands before and after */
export function createDatabase(engine: Engine, pool: PostgresPool, close: (endConnections: () => Promise<void>) => Promise<void>): Database {
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const listeners = new Set<() => void>();

  const runOnce = async <T>(work: (tx: Transaction<unknown>) => Promise<T>): Promise<T> => {
    const { result, configurationChanged } = await trackTransaction<T>(pool, (amid) => kysely.transaction().execute((tx) => amid(() => work(tx))));
    if (configurationChanged) for (const listener of listeners) listener();
    return result;
  };

  const transaction = async <T>(work: (tx: Transaction<unknown>) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runOnce(work);
      } catch (error) {
        if (!isRetryable(error) || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  };

  const database: Database = {
    engine,
    kysely,
    transaction,
    withTables: <Own>() => database as unknown as Database<Own>,
    onConfigurationChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => close(() => kysely.destroy()),
  };
  return database;
}

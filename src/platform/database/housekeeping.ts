import { sql, type Kysely } from 'kysely';
import type { Log } from '../log.ts';

/**
 * What PostgreSQL's background processes do and the embedded engine, which has none, leaves undone: without checkpoints its
 * write-ahead log grows without end (measured: 64 MB for each 64 MB written), without vacuum its tables do.
 */
export interface Housekeeping {
  /** Waits for the round that runs and starts no more. */
  stop(): Promise<void>;
}

const CHECKPOINT_EVERY_MS = 15_000;
const WAL_MAX_BYTES = 32 * 1024 * 1024;
/** One table a round, each fourth round: a vacuum holds up every other statement. */
const ROUNDS_BETWEEN_VACUUMS = 4;

/** @param everyMs between rounds */
export function startHousekeeping(kysely: Kysely<unknown>, log: Log, everyMs: number = CHECKPOINT_EVERY_MS): Housekeeping {
  let round = 0;
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    round += 1;
    running = running.then(() => keepHouse(kysely, round % ROUNDS_BETWEEN_VACUUMS === 0)).catch((error: unknown) => {
      // The next round tries again; a database that is away says so elsewhere.
      log.debug({ reason: error instanceof Error ? error.message : 'unknown' }, 'housekeeping was put off');
    });
  }, everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** One round. @returns when it is done */
export async function keepHouse(kysely: Kysely<unknown>, vacuum: boolean): Promise<void> {
  const { rows } = await sql<{ bytes: string }>`select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) as bytes from pg_control_checkpoint()`.execute(kysely);
  if (Number(rows[0]?.bytes ?? 0) > WAL_MAX_BYTES) await sql`checkpoint`.execute(kysely);
  if (vacuum) await vacuumWorstTable(kysely);
}

/** The thresholds are PostgreSQL's own for autovacuum (manual, 25.1.6), with a higher floor. */
async function vacuumWorstTable(kysely: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ schema: string; name: string }>`select schemaname as schema, relname as name from pg_stat_user_tables
    where greatest(n_dead_tup, n_ins_since_vacuum) > 1000 + 0.2 * n_live_tup or n_mod_since_analyze > 1000 + 0.1 * n_live_tup
    order by greatest(n_dead_tup, n_ins_since_vacuum, n_mod_since_analyze) desc limit 1`.execute(kysely);
  const table = rows[0];
  if (table) await sql`vacuum (analyze) ${sql.id(table.schema, table.name)}`.execute(kysely);
}

/** Evidence: what gateways recorded, what administrators did, what should not have happened, and the counts of it all. */
import { sql } from 'kysely';
import { systemClock, type Clock } from '#platform/clock.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import type { HttpServer } from '#platform/http/index.ts';
import { partitionsFor } from './days.ts';
import { recordEvent, type AdministrativeEvent } from './events.ts';
import { createRoutes } from './routes.ts';
import { createStoreRecords, ensurePartitions, storeAlarm, type Alarm, type StoreRecords } from './store-records.ts';

export type { Actor, AdministrativeEvent } from './events.ts';
export type { SequencedRecord } from './merge-records.ts';
export type { Alarm } from './store-records.ts';

export interface Evidence {
  /** Stores the records of a batch, in the caller's transaction (see store-records.ts). */
  readonly storeRecords: StoreRecords;
  /** Keeps an alarm, in the caller's transaction. */
  storeAlarm(tx: Tx, alarm: Alarm): Promise<void>;
  /** Keeps an administrative act, in the transaction of the act. */
  recordEvent(tx: Tx, event: AdministrativeEvent): Promise<void>;
  /** When each of these keys or applications was last seen in an exchange. @returns plain id → ISO time; without those never seen */
  lastUse(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Makes today's and tomorrow's partitions ahead of need. Idempotent; called at start and by the hour. */
  preparePartitions(): Promise<void>;
  /** Lets the embedded engine, which has nobody to do so, know how its values are distributed. Called by the hour. */
  refreshStatistics(): Promise<void>;
  readonly routes: (server: HttpServer) => void;
}

export interface EvidenceNeeds {
  readonly database: Database;
  /** The name of a gateway by its plain id; evidence knows only ids. */
  readonly gatewayName: (id: string) => Promise<string | undefined>;
  readonly clock?: Clock;
}

export function createEvidence({ database, gatewayName, clock = systemClock }: EvidenceNeeds): Evidence {
  return {
    storeRecords: createStoreRecords(clock),
    storeAlarm: (tx, alarm) => storeAlarm(tx, alarm, clock.now()),
    recordEvent: (tx, event) => recordEvent(tx, event, clock.now()),
    lastUse: (ids) => lastUse(database, ids),
    preparePartitions: () =>
      database.transaction((tx) => ensurePartitions(tx, partitionsFor([clock.now(), clock.now() + 86_400_000], clock.now()), new Set())),
    refreshStatistics: () => refreshStatistics(database, clock),
    routes: createRoutes({ database, gatewayName, clock }),
  };
}

/**
 * Without statistics a rare value is looked for by walking all rows (measured: 4.7 s in place of 0.1 s among 200,000). A small
 * sample does, and keeps the one connection for some tens of milliseconds a table.
 */
async function refreshStatistics(database: Database, clock: Clock): Promise<void> {
  if (database.engine !== 'pglite') return;
  for (const { name } of partitionsFor([clock.now() - 86_400_000, clock.now()], clock.now())) {
    await database.transaction(async (tx) => {
      const { rows } = await sql<{ present: boolean }>`select to_regclass(${`evidence.${name}`}) is not null as present`.execute(tx);
      if (rows[0]?.present !== true) return;
      await sql`set local default_statistics_target = 10`.execute(tx);
      await sql`analyze ${sql.id('evidence', name)}`.execute(tx);
    });
  }
}

async function lastUse(database: Database, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ subject: string; at: string }>`
    select subject, at from evidence.last_use where subject = any(${[...ids]}::uuid[])`.execute(database.kysely);
  return new Map(rows.map((row) => [row.subject, row.at]));
}

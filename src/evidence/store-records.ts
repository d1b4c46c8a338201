import { sql } from 'kysely';
import type { Clock } from '#platform/clock.ts';
import type { Tx } from '#platform/database/index.ts';
import { idTime, newId } from '#platform/ids.ts';
import type { ClosedRecord } from '../shapes.ts';
import { partitionsFor, type DayPartition } from './days.ts';
import { mergeRecords, type MergedBatch, type SequencedRecord } from './merge-records.ts';
import { rollUp, type RollUps } from './roll-up.ts';
import { toJsonb } from './to-jsonb.ts';

/** Something that should not have happened, kept for people to look at. */
export interface Alarm {
  readonly kind: 'sequence_gap' | 'record_conflict' | 'batch_refused';
  readonly gateway?: string;
  readonly epoch?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export type StoreRecords = (tx: Tx, gateway: string, epoch: string, records: readonly SequencedRecord[]) => Promise<void>;

/**
 * Stores a batch: one row an exchange, its counts, and when its key was last used, all in the caller's transaction. An end
 * replaces an opening, never the other way round, and an exchange that has ended is not ended again: a record that tries
 * (or one of an exchange of another gateway) raises an alarm and is otherwise dropped.
 */
export function createStoreRecords(clock: Clock): StoreRecords {
  const knownPartitions = new Set<string>();
  return async (tx, gateway, epoch, records) => {
    if (records.length === 0) return;
    const batch = mergeRecords(epoch, records);
    const instants = [...batch.opened, ...batch.closed].map((row) => idTime(row.id).getTime());
    await ensurePartitions(tx, partitionsFor(instants, clock.now()), knownPartitions);
    await insertOpened(tx, gateway, batch.opened);
    const counted = await insertClosed(tx, gateway, batch.closed);
    const closed = batch.closed.filter((row) => counted.has(row.id));
    await insertRollUps(tx, rollUp(closed.map((row) => row.record)));
    await insertLastUse(tx, closed.map((row) => row.record));
    await alarmOnConflicts(tx, { gateway, epoch, batch, counted, at: clock.now() });
  };
}

/** Writes an alarm in the caller's transaction. */
export async function storeAlarm(tx: Tx, alarm: Alarm, atMs: number): Promise<void> {
  await sql`
    insert into evidence.alarm (id, at, kind, gateway, epoch, detail)
    values (${newId()}, ${new Date(atMs).toISOString()}::timestamptz, ${alarm.kind}, ${alarm.gateway ?? null}::uuid, ${alarm.epoch ?? null}::uuid,
      ${toJsonb(alarm.detail)}::jsonb)`.execute(tx);
}

/**
 * Makes the partitions that are missing. A partition is remembered only when it was there before: one made here vanishes with the
 * transaction if that fails. Rows of its day that stand in the default partition (their id was from the future) move over.
 */
export async function ensurePartitions(tx: Tx, partitions: readonly DayPartition[], known: Set<string>): Promise<void> {
  const unknown = partitions.filter((partition) => !known.has(partition.name));
  if (unknown.length === 0) return;
  const present = await partitionsPresent(tx);
  for (const name of present) known.add(name);
  if (unknown.every((partition) => present.has(partition.name))) return;
  await sql`select pg_advisory_xact_lock(hashtext('evidence.exchange'))`.execute(tx);
  const presentNow = await partitionsPresent(tx);
  for (const partition of unknown) if (!presentNow.has(partition.name)) await createPartition(tx, partition);
}

async function partitionsPresent(tx: Tx): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'evidence.exchange'::regclass`.execute(tx);
  return new Set(rows.map((row) => row.name));
}

async function createPartition(tx: Tx, { name, from, to }: DayPartition): Promise<void> {
  const table = sql.id('evidence', name);
  // Attaching, unlike creating in place, lets other transactions go on writing to the other days.
  await sql`create table ${table} (like evidence.exchange including defaults including constraints)`.execute(tx);
  await sql`
    with moved as (delete from evidence.exchange_default where id >= ${from}::uuid and id < ${to}::uuid returning *)
    insert into ${table} select * from moved`.execute(tx);
  await sql`alter table evidence.exchange attach partition ${table} for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(tx);
}

async function insertOpened(tx: Tx, gateway: string, rows: MergedBatch['opened']): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into evidence.exchange as e (id, gateway, state, opened_epoch, opened_sequence, application_id, model, upstream, record)
    select r.id, ${gateway}::uuid, 'open', r.opened_epoch, r.opened_sequence, r.application_id, r.model, r.upstream, r.record
    from jsonb_to_recordset(${toJsonb(rows)}::jsonb)
      as r(id uuid, opened_epoch uuid, opened_sequence bigint, application_id uuid, model text, upstream text, record jsonb)
    on conflict (id) do update set opened_epoch = excluded.opened_epoch, opened_sequence = excluded.opened_sequence
    where e.opened_sequence is null and e.gateway = excluded.gateway`.execute(tx);
}

/** @returns ids of the exchanges that ended by this; the others had ended before, or belong to another gateway */
async function insertClosed(tx: Tx, gateway: string, rows: MergedBatch['closed']): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const result = await sql<{ id: string }>`
    insert into evidence.exchange as e (id, gateway, state, opened_epoch, opened_sequence, closed_epoch, closed_sequence,
      application_id, model, upstream, outcome, effect, kinds, record)
    select r.id, ${gateway}::uuid, 'closed', r.opened_epoch, r.opened_sequence, r.closed_epoch, r.closed_sequence,
      r.application_id, r.model, r.upstream, r.outcome, r.effect, r.kinds, r.record
    from jsonb_to_recordset(${toJsonb(rows)}::jsonb)
      as r(id uuid, opened_epoch uuid, opened_sequence bigint, closed_epoch uuid, closed_sequence bigint,
        application_id uuid, model text, upstream text, outcome text, effect text, kinds text[], record jsonb)
    on conflict (id) do update set state = 'closed',
      opened_epoch = coalesce(e.opened_epoch, excluded.opened_epoch), opened_sequence = coalesce(e.opened_sequence, excluded.opened_sequence),
      closed_epoch = excluded.closed_epoch, closed_sequence = excluded.closed_sequence, application_id = excluded.application_id,
      model = excluded.model, upstream = excluded.upstream, outcome = excluded.outcome, effect = excluded.effect,
      kinds = excluded.kinds, record = excluded.record
    where e.state = 'open' and e.gateway = excluded.gateway
    returning e.id`.execute(tx);
  return new Set(result.rows.map((row) => row.id));
}

async function insertRollUps(tx: Tx, { exchanges, latencies, findings }: RollUps): Promise<void> {
  if (exchanges.length > 0) {
    await sql`
      insert into evidence.exchange_rollup as t select r.* from jsonb_to_recordset(${toJsonb(exchanges)}::jsonb)
        as r(step_seconds int, at timestamptz, application_id uuid, outcome text, effect text, application_name text, exchanges bigint, masked bigint, findings bigint)
      on conflict (step_seconds, at, application_id, outcome, effect) do update set application_name = excluded.application_name,
        exchanges = t.exchanges + excluded.exchanges, masked = t.masked + excluded.masked, findings = t.findings + excluded.findings`.execute(tx);
  }
  if (latencies.length > 0) {
    await sql`
      insert into evidence.latency_rollup as t select r.* from jsonb_to_recordset(${toJsonb(latencies)}::jsonb)
        as r(step_seconds int, at timestamptz, measure text, bucket smallint, exchanges bigint)
      on conflict (step_seconds, at, measure, bucket) do update set exchanges = t.exchanges + excluded.exchanges`.execute(tx);
  }
  if (findings.length > 0) {
    await sql`
      insert into evidence.finding_rollup as t select r.* from jsonb_to_recordset(${toJsonb(findings)}::jsonb)
        as r(step_seconds int, at timestamptz, kind text, label text, findings bigint)
      on conflict (step_seconds, at, kind, label) do update set findings = t.findings + excluded.findings`.execute(tx);
  }
}

async function insertLastUse(tx: Tx, records: readonly ClosedRecord[]): Promise<void> {
  const last = new Map<string, string>();
  for (const record of records) {
    for (const subject of [record.keyId, record.applicationId]) {
      if (subject !== undefined && (last.get(subject) ?? '') < record.receivedAt) last.set(subject, record.receivedAt);
    }
  }
  if (last.size === 0) return;
  const rows = [...last].sort().map(([subject, at]) => ({ subject, at }));
  await sql`
    insert into evidence.last_use as t select r.* from jsonb_to_recordset(${toJsonb(rows)}::jsonb) as r(subject uuid, at timestamptz)
    on conflict (subject) do update set at = greatest(t.at, excluded.at)`.execute(tx);
}

interface ConflictCheck {
  readonly gateway: string;
  readonly epoch: string;
  readonly batch: MergedBatch;
  readonly counted: ReadonlySet<string>;
  readonly at: number;
}

async function alarmOnConflicts(tx: Tx, { gateway, epoch, batch, counted, at }: ConflictCheck): Promise<void> {
  const sequences = [...batch.contradictory];
  for (const row of batch.closed) if (!counted.has(row.id) && row.closed_sequence !== null) sequences.push(row.closed_sequence);
  if (sequences.length === 0) return;
  await storeAlarm(tx, { kind: 'record_conflict', gateway, epoch, detail: { sequences } }, at);
}

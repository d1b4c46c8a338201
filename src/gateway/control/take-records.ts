import type { Clock } from '#platform/clock.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import { AppError } from '#platform/errors.ts';
import type { Log } from '#platform/log.ts';
import type { Evidence } from '#evidence/index.ts';
import type { ClosedRecord } from '../../shapes.ts';
import { readBatch, type ReadBatch } from './read-batch.ts';
import { advanceStream, endOtherStreams, lockStream } from './store.ts';
import type { GatewayTables } from './tables.ts';

export interface IntakeNeeds {
  readonly database: Database<GatewayTables>;
  readonly evidence: Pick<Evidence, 'storeRecords' | 'storeAlarm'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each end of an exchange once it is stored. */
  readonly onStored: (record: ClosedRecord) => void;
}

/** A gateway as it was authenticated. */
export interface Sender {
  readonly id: string;
  readonly signingKey: string;
}

/**
 * Takes a batch in: everything above the stream's high-water mark is stored and the mark moves, in one transaction. What is at or
 * below it was stored before and is dropped, so that a gateway may send again whatever it is not sure of. Numbers that are missing
 * raise an alarm, and so does a numbering that was replaced before it ended.
 *
 * @returns the sequence up to which the epoch's records are stored
 * @throws AppError 400 for a batch that no repetition will make valid; an alarm is kept
 */
export async function takeRecords(needs: IntakeNeeds, gateway: Sender, body: Buffer): Promise<number> {
  const read = await readOrAlarm(needs, gateway, body);
  const { highWater, fresh } = await needs.database.transaction(async (tx) => storeBatch(needs, tx as Tx, read));
  for (const { record } of fresh) if (record.phase === 'closed') needs.onStored(record);
  return highWater;
}

async function storeBatch({ evidence, clock, log }: IntakeNeeds, tx: Tx, { batch, records }: ReadBatch): Promise<{ highWater: number; fresh: ReadBatch['records'] }> {
  const { gateway, epoch, first, count, final } = batch;
  const stream = await lockStream(tx, gateway, epoch, new Date(clock.now()).toISOString());
  const alarm = async (detail: Record<string, unknown>) => {
    log.error({ gateway, epoch, ...detail }, 'records of a gateway are missing or out of place');
    await evidence.storeAlarm(tx, { kind: 'sequence_gap', gateway, epoch, detail });
  };
  if (stream.isNew) {
    // A gateway sends its older numberings to their end first: one that has none by now lost its last records.
    for (const lost of await endOtherStreams(tx, gateway, epoch)) await alarm({ unfinishedEpoch: lost.epoch, storedUpTo: lost.high_water });
  }
  const fresh = records.filter(({ sequence }) => sequence > stream.high_water);
  const isGap = first > stream.high_water + 1;
  if (isGap) await alarm({ expected: stream.high_water + 1, received: first });
  if (stream.final && fresh.length > 0) await alarm({ afterEnd: true, received: first });
  await evidence.storeRecords(tx, gateway, epoch, fresh);
  const highWater = Math.max(stream.high_water, first + count - 1);
  await advanceStream(tx, {
    gateway, epoch, high_water: highWater, final: stream.final || final, gaps: stream.gaps + (isGap ? 1 : 0), updated_at: new Date(clock.now()).toISOString(),
  });
  return { highWater, fresh };
}

async function readOrAlarm({ database, evidence, log }: IntakeNeeds, gateway: Sender, body: Buffer): Promise<ReadBatch> {
  try {
    return readBatch(body, gateway);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.error({ gateway: gateway.id, code: error.code }, 'a batch of records was refused');
    const detail = { code: error.code, message: error.message };
    await database.transaction((tx) => evidence.storeAlarm(tx as Tx, { kind: 'batch_refused', gateway: gateway.id, detail }));
    throw error;
  }
}

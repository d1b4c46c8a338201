import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { lockFolder } from '#platform/folder-lock.ts';
import { newIdAfter } from '#platform/ids.ts';
import type { Log } from '#platform/log.ts';
import type { RecordSink } from '../ports.ts';
import { createFlusher, type Flusher } from './flusher.ts';
import { interruptedRecord } from './interrupted.ts';
import { createOutbox, type PendingBatch } from './outbox.ts';
import { recover } from './recover.ts';
import type { Segment } from './segment.ts';
import { createWriter, type Writer } from './writer.ts';

/** `batch`: on the disk within 50 ms (a power cut may cost those; the death of the process costs nothing). `sync`: before it counts. */
export type Durability = 'batch' | 'sync';

export interface SpoolNeeds {
  readonly folder: string;
  readonly durability: Durability;
  /** Version that is written into the records of interrupted exchanges. */
  readonly software: string;
  readonly log: Log;
  /** Called once when the disk refuses to keep what was written: the process should end. */
  readonly onFailure: (error: Error) => void;
  /** Default 1 GiB. */
  readonly limitBytes?: number;
  /** Size at which a file of the spool is finished; default 8 MiB, at most a sixteenth of the limit. */
  readonly segmentBytes?: number;
}

export interface SpoolState {
  readonly bytes: number;
  /** Records that control has not acknowledged. */
  readonly unsent: number;
}

/** The gateway's journal of exchanges: what was written is sent to control in order, and kept until control has it. */
export interface Spool extends RecordSink {
  /** The numbering that this opening of the spool started. */
  readonly epoch: string;
  nextBatch(): Promise<PendingBatch | undefined>;
  acknowledge(batch: PendingBatch): void;
  /** @param listener called after each record; there is one listener. */
  onWritten(listener: () => void): void;
  state(): SpoolState;
  /** No more records: the epoch can be sent to its end. */
  end(): void;
  /** Ends, makes all durable and gives the folder back. */
  release(): Promise<void>;
}

const LIMIT_BYTES = 1024 ** 3;
const SEGMENT_BYTES = 8 * 1024 ** 2;

/**
 * Opens the spool in a folder. Exchanges that a process before this one left open are closed as `interrupted`, and what it had
 * not sent stands first in line.
 *
 * @throws AppError `folder_in_use` (409) when a living process holds the folder
 */
export async function openSpool(needs: SpoolNeeds): Promise<Spool> {
  mkdirSync(needs.folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(needs.folder);
  try {
    return await openLocked(needs, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openLocked(needs: SpoolNeeds, unlock: () => void): Promise<Spool> {
  const { folder, log, durability, limitBytes = LIMIT_BYTES } = needs;
  const recovered = await recover(folder, log);
  const segments: Segment[] = [...recovered.segments];
  const flusher = createFlusher(needs.onFailure);
  // Windows cannot open a folder; the names in it are then as durable as the file system makes them.
  const folderFd = process.platform === 'win32' ? undefined : openSync(folder, 'r');
  const segmentBytes = Math.min(needs.segmentBytes ?? SEGMENT_BYTES, limitBytes / 16);
  const epoch = newIdAfter(segments.at(-1)?.epoch ?? '');
  let listener = () => {};
  const writer = createWriter({ folder, folderFd, epoch, limitBytes, segmentBytes, durability, flusher, segments, onWritten: () => listener() });
  for (const opened of recovered.interrupted) writer.recover(interruptedRecord(opened, new Date().toISOString(), needs.software));
  if (recovered.interrupted.length > 0) log.warn({ exchanges: recovered.interrupted.length }, 'an earlier process left exchanges open: they are recorded as interrupted');
  await flusher.flushed();
  for (const file of recovered.carried) rmSync(file, { force: true });
  const removals = new Set<Promise<void>>();
  const outbox = createOutbox(segments, (segment) => {
    forget(writer, segment, log);
    const removal = remove(segment, flusher).finally(() => removals.delete(removal));
    removals.add(removal);
  });
  return {
    epoch,
    open: (record) => writer.open(record),
    close: (record) => writer.close(record),
    nextBatch: () => outbox.nextBatch(),
    acknowledge: (batch) => outbox.acknowledge(batch),
    onWritten: (callback) => { listener = callback; },
    state: () => ({ bytes: writer.bytes(), unsent: segments.reduce((sum, { runs }) => sum + runs.reduce((n, run) => n + run.count, 0), 0) }),
    end: () => writer.end(),
    release: async () => {
      writer.end();
      await flusher.flushed();
      await Promise.all(removals);
      for (const fd of [folderFd, ...segments.map((segment) => segment.fd)]) if (fd !== undefined) closeSync(fd);
      unlock();
    },
  };
}

/** On a full disk there may be no room to note what is still open of a segment until the segment itself is gone. */
function forget(writer: Writer, segment: Segment, log: Log): void {
  try {
    writer.forget(segment);
  } catch {
    rmSync(segment.file, { force: true });
    try {
      writer.forget(segment);
    } catch (error) {
      log.error({ err: error }, 'open exchanges cannot be noted: if the gateway dies now, their ends will be missing');
    }
  }
}

/** The name goes at once; the file's number only when no flush may be at work on it. */
async function remove(segment: Segment, flusher: Flusher): Promise<void> {
  rmSync(segment.file, { force: true });
  await flusher.flushed().catch(() => undefined);
  if (segment.fd !== undefined) closeSync(segment.fd);
}

import { ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { AppError } from '#platform/errors.ts';
import { replaceFileSync } from '#platform/replace-file.ts';
import type { ClosedRecord, OpenedRecord } from '../../shapes.ts';
import type { RecordSink } from '../ports.ts';
import { LIMITS } from '../protocol.ts';
import type { Flusher } from './flusher.ts';
import { recordText } from './record-text.ts';
import { carriedFile, segmentFile } from './segment-files.ts';
import type { Segment } from './segment.ts';

export interface WriterNeeds {
  readonly folder: string;
  readonly folderFd: number | undefined;
  readonly epoch: string;
  readonly limitBytes: number;
  readonly segmentBytes: number;
  readonly durability: 'batch' | 'sync';
  readonly flusher: Flusher;
  /** All segments, oldest first; the writer appends its own. */
  readonly segments: Segment[];
  /** Called when a record was written. */
  readonly onWritten: () => void;
}

export interface Writer extends RecordSink {
  /** Writes the end of an exchange that an earlier process opened, also when the spool is full. */
  recover(record: ClosedRecord): void;
  /** Gives up a segment that control has: what is still open of it is kept beside. */
  forget(segment: Segment): void;
  /** The epoch ends: no record is written after this. */
  end(): void;
  /** Bytes of all segments on the disk. */
  bytes(): number;
}

/** A tenth of the spool is kept for the ends of exchanges that are open. */
const RESERVE_SHARE = 0.1;
const FD_FLAGS = 'a+';

const full = (): AppError => new AppError(503, 'spool_full', 'No room is left to record the exchange. It was not sent on; try again later.');
const unavailable = (cause: unknown): AppError =>
  new AppError(503, 'spool_unavailable', 'The exchange cannot be recorded. It was not sent on; try again later.', { internal: String(cause), cause });

export function createWriter(needs: WriterNeeds): Writer {
  const { folder, epoch, segments, flusher } = needs;
  const openRecords = new Map<string, { readonly json: string; readonly segment: Segment }>();
  const roomForNew = needs.limitBytes * (1 - RESERVE_SHARE);
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let sequence = 0;
  let ended = false;
  let carries = false;
  let active = startSegment(folder, epoch, 1);
  segments.push(active);
  if (needs.folderFd !== undefined) flusher.touched(needs.folderFd);

  const rotate = () => {
    const previous = active;
    try {
      active = startSegment(folder, epoch, sequence + 1);
    } catch (error) {
      throw unavailable(error);
    }
    segments.push(active);
    previous.ended = true;
    if (needs.folderFd !== undefined) flusher.touched(needs.folderFd);
  };
  const append = (json: string) => {
    if (ended) throw unavailable('the spool is closed');
    if (active.bytes >= needs.segmentBytes) rotate();
    const line = `${sequence + 1} ${json}\n`;
    const size = appendLine(active, line);
    sequence += 1;
    bytes += size;
    addToRun(active, sequence, size);
    if (active.fd !== undefined) flusher.touched(active.fd);
    needs.onWritten();
  };
  const hasRoom = (json: string) => bytes + json.length <= roomForNew;
  const durable = () => (needs.durability === 'sync' ? flusher.flushed() : undefined);

  return {
    open(record: OpenedRecord) {
      const json = recordText(record);
      if (!hasRoom(json)) throw full();
      append(json);
      openRecords.set(record.exchange, { json, segment: active });
      return durable();
    },
    close(record: ClosedRecord) {
      const json = recordText(record);
      if (!openRecords.has(record.exchange) && !hasRoom(json)) throw full();
      append(json);
      openRecords.delete(record.exchange);
      return durable();
    },
    recover: (record) => append(recordText(record)),
    forget(segment) {
      const gone = (entry: { segment: Segment }) => entry.segment === segment || !segments.includes(entry.segment);
      const kept = [...openRecords.values()].filter(gone).map(({ json }) => `${json}\n`);
      if (kept.length > 0) replaceFileSync(carriedFile(folder, epoch), kept.join(''));
      else if (carries) rmSync(carriedFile(folder, epoch), { force: true });
      carries = kept.length > 0;
      bytes -= segment.bytes;
    },
    end() {
      ended = true;
      active.ended = true;
      active.final = true;
    },
    bytes: () => bytes,
  };
}

function startSegment(folder: string, epoch: string, first: number): Segment {
  const file = segmentFile(folder, epoch, first);
  return { file, epoch, fd: openSync(file, FD_FLAGS, 0o600), bytes: 0, next: first, runs: [], ended: false, final: false };
}

/**
 * One `write(2)`: when it returns, the record survives the death of the process. What a full disk took only in part is cut off
 * again, so that the next line starts at the start of a line.
 */
function appendLine(segment: Segment, line: string): number {
  const fd = segment.fd as number;
  const size = Buffer.byteLength(line);
  if (size > LIMITS.recordBytes) throw unavailable(`a record of ${size} bytes`);
  let written = 0;
  try {
    written = writeSync(fd, line);
  } catch (error) {
    ftruncateSync(fd, segment.bytes);
    throw unavailable(error);
  }
  if (written !== size) {
    ftruncateSync(fd, segment.bytes);
    throw unavailable(`${written} of ${size} bytes were written`);
  }
  segment.bytes += size;
  return size;
}

function addToRun(segment: Segment, sequence: number, size: number): void {
  segment.next = sequence + 1;
  const run = segment.runs[0];
  if (run) {
    run.count += 1;
    run.end = segment.bytes;
  } else {
    segment.runs.push({ first: sequence, count: 1, start: segment.bytes - size, end: segment.bytes });
  }
}

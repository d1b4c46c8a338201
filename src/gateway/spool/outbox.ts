import { read } from 'node:fs';
import { promisify } from 'node:util';
import { LIMITS } from '../protocol.ts';
import { readingFd, type Segment } from './segment.ts';

const readAt = promisify(read);
const NEWLINE = 0x0a;

/** A run of records that control has not acknowledged, as the lines that stand in the spool. */
export interface PendingBatch {
  readonly epoch: string;
  readonly first: number;
  readonly count: number;
  readonly final: boolean;
  readonly lines: Buffer;
}

export interface Outbox {
  /** The oldest records that were not acknowledged; `undefined` when there is nothing to say. Only one batch is under way at a time. */
  nextBatch(): Promise<PendingBatch | undefined>;
  /** Control has the batch that `nextBatch` gave last. */
  acknowledge(batch: PendingBatch): void;
}

/**
 * @param segments oldest first; the writer appends to it, the outbox takes off its front
 * @param remove called with a segment of which nothing is left to send
 */
export function createOutbox(segments: Segment[], remove: (segment: Segment) => void): Outbox {
  const dropFront = () => {
    const segment = segments.shift();
    if (segment) remove(segment);
  };
  return {
    async nextBatch() {
      for (;;) {
        const segment = segments[0];
        const run = segment?.runs[0];
        if (segment && run) return readBatch(segment, run);
        if (!segment?.ended) return undefined;
        if (segment.final) return { epoch: segment.epoch, first: segment.next, count: 0, final: true, lines: Buffer.alloc(0) };
        dropFront();
      }
    },
    acknowledge(batch) {
      const segment = segments[0];
      const run = segment?.runs[0];
      if (!segment) return;
      if (run && batch.count > 0) {
        run.first += batch.count;
        run.count -= batch.count;
        run.start += batch.lines.length;
        if (run.count === 0) segment.runs.shift();
      }
      if (segment.runs.length === 0 && segment.ended && (batch.final || !segment.final)) dropFront();
    },
  };
}

async function readBatch(segment: Segment, run: Segment['runs'][number]): Promise<PendingBatch> {
  const { first, count: records } = run;
  const buffer = Buffer.allocUnsafe(readSize(run));
  const { bytesRead } = await readAt(readingFd(segment), buffer, 0, buffer.length, run.start);
  const { count, end } = wholeLines(buffer.subarray(0, bytesRead), Math.min(LIMITS.batchRecords, records));
  if (count === 0) throw new Error(`The spool's file ${segment.file} is shorter than what was written to it.`);
  const final = segment.final && segment.ended && segment.runs.length === 1 && count === run.count;
  return { epoch: segment.epoch, first, count, final, lines: buffer.subarray(0, end) };
}

/** About as much as a batch of records takes, so that a long backlog is not read ten times over; a whole line in any case. */
function readSize({ start, end, count }: Segment['runs'][number]): number {
  const expected = ((end - start) / count) * Math.min(count, LIMITS.batchRecords);
  return Math.min(end - start, LIMITS.batchBytes, Math.ceil(expected * 1.25) + LIMITS.recordBytes);
}

function wholeLines(bytes: Buffer, countMax: number): { count: number; end: number } {
  let end = 0;
  let count = 0;
  while (count < countMax) {
    const newline = bytes.indexOf(NEWLINE, end);
    if (newline === -1) break;
    end = newline + 1;
    count += 1;
  }
  return { count, end };
}

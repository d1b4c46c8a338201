import { readFileSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Log } from '#platform/log.ts';
import type { OpenedRecord } from '../../shapes.ts';
import { readSegment } from './read-segment.ts';
import { listCarried, listSegments } from './segment-files.ts';
import type { Segment } from './segment.ts';

export interface Recovered {
  /** What earlier epochs left to send, oldest first. */
  readonly segments: readonly Segment[];
  /** Exchanges that were opened and never closed. */
  readonly interrupted: readonly OpenedRecord[];
  /** Files that may go once the ends of `interrupted` are on the disk. */
  readonly carried: readonly string[];
}

/** Reads what processes before this one left in a spool's folder. */
export async function recover(folder: string, log: Log): Promise<Recovered> {
  const open = new Map<string, OpenedRecord>();
  const carried = listCarried(folder);
  for (const record of carried.flatMap((file) => readCarried(file, log))) open.set(record.exchange, record);
  const segments: Segment[] = [];
  for (const { file, epoch, first } of listSegments(folder)) {
    const content = readSegment(file, first, (record) => {
      if (record.phase === 'opened') open.set(record.exchange, record);
      else open.delete(record.exchange);
    });
    if (content.damaged > 0) log.error({ code: 'spool_damaged', epoch, lines: content.damaged }, 'The disk altered records of the spool: control will see a gap.');
    const last = content.runs.at(-1);
    const next = last ? last.first + last.count : first;
    segments.push({ file, epoch, fd: undefined, bytes: content.bytes, next, runs: content.runs.map((run) => ({ ...run })), ended: true, final: false });
    await setImmediate();
  }
  return { segments: withFinals(segments), interrupted: [...open.values()], carried };
}

function readCarried(file: string, log: Log): OpenedRecord[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as OpenedRecord);
  } catch (error) {
    log.error({ err: error, code: 'spool_damaged' }, 'the disk altered what is known of open exchanges: their ends may be missing');
    return [];
  }
}

/** The last segment of each epoch ends it. An epoch that never wrote a record is nobody's business, and its file goes. */
function withFinals(segments: readonly Segment[]): Segment[] {
  return segments.filter((segment, index) => {
    segment.final = segments[index + 1]?.epoch !== segment.epoch;
    const silent = segment.final && segment.next === 1 && segments[index - 1]?.epoch !== segment.epoch;
    if (silent) rmSync(segment.file, { force: true });
    return !silent;
  });
}

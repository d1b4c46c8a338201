import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files of a spool. `<epoch>-<first sequence>.log` holds lines `<sequence> <record JSON>\n`; `<epoch>.open` holds the opened
 * records, one a line, whose segment is gone because control has it but whose exchange had not closed by then.
 */
export interface SegmentName {
  readonly file: string;
  readonly epoch: string;
  readonly first: number;
}

const SEGMENT = /^([0-9a-f-]{36})-(\d{16})\.log$/;
const CARRIED = /^([0-9a-f-]{36})\.open$/;

export const segmentFile = (folder: string, epoch: string, first: number): string => join(folder, `${epoch}-${String(first).padStart(16, '0')}.log`);
export const carriedFile = (folder: string, epoch: string): string => join(folder, `${epoch}.open`);

/** Segments in the order in which they were written: epochs are UUIDv7, sequences are padded, so that names sort. */
export function listSegments(folder: string): SegmentName[] {
  return readdirSync(folder).sort().flatMap((name) => {
    const m = SEGMENT.exec(name);
    return m ? [{ file: join(folder, name), epoch: m[1]!, first: Number(m[2]) }] : [];
  });
}

export const listCarried = (folder: string): string[] =>
  readdirSync(folder).filter((name) => CARRIED.test(name)).map((name) => join(folder, name));

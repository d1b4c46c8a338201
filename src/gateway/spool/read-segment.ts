import { readFileSync } from 'node:fs';
import type { ExchangeRecord } from '../../shapes.ts';

/** Lines of a segment whose sequences follow each other, by their place in the file. */
export interface Run {
  readonly first: number;
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

export interface SegmentContent {
  readonly runs: readonly Run[];
  /** Bytes up to the end of the last whole line. What follows was torn by a crash and never acknowledged. */
  readonly whole: number;
  readonly bytes: number;
  /** Whole lines that are no record: the disk altered them. */
  readonly damaged: number;
}

const NEWLINE = 0x0a;

/**
 * Reads a segment of an epoch that ended.
 *
 * @param expected sequence of its first line, from its name
 * @param onRecord called with each record, in order
 */
export function readSegment(file: string, expected: number, onRecord: (record: ExchangeRecord, json: string) => void): SegmentContent {
  const bytes = readFileSync(file);
  const runs: { first: number; count: number; start: number; end: number }[] = [];
  let damaged = 0;
  let previous = expected - 1;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    const line = parseLine(bytes.toString('utf8', start, end));
    if (line === undefined || line.sequence <= previous) {
      damaged += 1;
    } else {
      const run = runs.at(-1);
      if (run && run.end === start && line.sequence === previous + 1) {
        run.count += 1;
        run.end = end + 1;
      } else {
        runs.push({ first: line.sequence, count: 1, start, end: end + 1 });
      }
      previous = line.sequence;
      onRecord(line.record, line.json);
    }
    start = end + 1;
  }
  return { runs, whole: start, bytes: bytes.length, damaged };
}

interface Line {
  readonly sequence: number;
  readonly json: string;
  readonly record: ExchangeRecord;
}

function parseLine(line: string): Line | undefined {
  const space = line.indexOf(' ');
  const sequence = Number(line.slice(0, space));
  if (space < 1 || !Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  const json = line.slice(space + 1);
  try {
    const record = JSON.parse(json) as Partial<ExchangeRecord> | null;
    return typeof record?.exchange === 'string' && (record.phase === 'opened' || record.phase === 'closed') ? { sequence, json, record: record as ExchangeRecord } : undefined;
  } catch {
    return undefined;
  }
}

import type { ClosedRecord, StepTimes } from '../shapes.ts';
import { bucketOf } from './latency-histogram.ts';

/** Each closed exchange is counted in a step of each of these lengths; a window of time reads the longest that it can show. */
export const STEPS_SECONDS = [60, 900, 3600] as const;

/** Stands for "nobody could be identified". */
export const NO_APPLICATION = '00000000-0000-0000-0000-000000000000';

export interface RollUps {
  readonly exchanges: readonly {
    readonly step_seconds: number; readonly at: string; readonly application_id: string; readonly outcome: string; readonly effect: string;
    readonly application_name: string; exchanges: number; masked: number; findings: number;
  }[];
  readonly latencies: readonly {
    readonly step_seconds: number; readonly at: string; readonly measure: string; readonly bucket: number; exchanges: number;
  }[];
  readonly findings: readonly {
    readonly step_seconds: number; readonly at: string; readonly kind: string; readonly label: string; findings: number;
  }[];
}

/**
 * What a set of newly closed exchanges adds to the counts. Rows come sorted by their key: concurrent transactions then take
 * their locks in one order and cannot block each other in a circle.
 */
export function rollUp(records: readonly ClosedRecord[]): RollUps {
  const exchanges = new Map<string, RollUps['exchanges'][number]>();
  const latencies = new Map<string, RollUps['latencies'][number]>();
  const findings = new Map<string, RollUps['findings'][number]>();
  for (const record of records) {
    for (const step_seconds of STEPS_SECONDS) {
      const at = stepStart(record.receivedAt, step_seconds);
      const key = { step_seconds, at };
      countExchange(exchanges, key, record);
      countLatency(latencies, { ...key, measure: 'total' }, record.times.total);
      countLatency(latencies, { ...key, measure: 'added' }, addedMicros(record.times));
      countFindings(findings, key, record);
    }
  }
  return { exchanges: sorted(exchanges), latencies: sorted(latencies), findings: sorted(findings) };
}

/** What Sallyport itself took of an exchange that was dispatched: all but the wait for the upstream. */
export function addedMicros(times: StepTimes): number | undefined {
  if (times.total === undefined || times.dispatch === undefined) return undefined;
  return Math.max(0, times.total - times.dispatch - (times.answer ?? 0));
}

/** The start of the step in which an instant lies, ISO 8601. */
export function stepStart(at: string, stepSeconds: number): string {
  const stepMs = stepSeconds * 1000;
  return new Date(Math.floor(Date.parse(at) / stepMs) * stepMs).toISOString();
}

interface StepKey {
  readonly step_seconds: number;
  readonly at: string;
}

function countExchange(rows: Map<string, RollUps['exchanges'][number]>, key: StepKey, record: ClosedRecord): void {
  const application_id = record.applicationId ?? NO_APPLICATION;
  const row = upsert(rows, [key.step_seconds, key.at, application_id, record.outcome, record.effect], () => ({
    ...key, application_id, outcome: record.outcome, effect: record.effect, application_name: record.applicationName ?? '', exchanges: 0, masked: 0, findings: 0,
  }));
  row.exchanges += 1;
  row.masked += record.masked;
  row.findings += record.findings.reduce((sum, finding) => sum + finding.count, 0);
}

function countLatency(rows: Map<string, RollUps['latencies'][number]>, key: StepKey & { measure: string }, micros: number | undefined): void {
  if (micros === undefined) return;
  const bucket = bucketOf(micros);
  upsert(rows, [key.step_seconds, key.at, key.measure, bucket], () => ({ ...key, bucket, exchanges: 0 })).exchanges += 1;
}

function countFindings(rows: Map<string, RollUps['findings'][number]>, key: StepKey, record: ClosedRecord): void {
  for (const { kind, label, count } of record.findings) {
    upsert(rows, [key.step_seconds, key.at, kind, label], () => ({ ...key, kind, label, findings: 0 })).findings += count;
  }
}

function upsert<Row>(rows: Map<string, Row>, key: readonly (string | number)[], make: () => Row): Row {
  const text = key.join('\n');
  let row = rows.get(text);
  if (row === undefined) rows.set(text, (row = make()));
  return row;
}

const sorted = <Row>(rows: Map<string, Row>): Row[] => [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);

import type { ClosedRecord, ExchangeRecord } from '../shapes.ts';

/** A record and its place in the gateway's numbered sequence. */
export interface SequencedRecord {
  readonly sequence: number;
  readonly record: ExchangeRecord;
}

/** One exchange as a batch tells it, in the columns of evidence.exchange. */
export interface ExchangeRow {
  readonly id: string;
  readonly opened_epoch: string | null;
  readonly opened_sequence: number | null;
  readonly closed_epoch: string | null;
  readonly closed_sequence: number | null;
  readonly application_id: string | null;
  readonly model: string | null;
  readonly upstream: string | null;
  readonly outcome: string | null;
  readonly effect: string | null;
  readonly kinds: readonly string[] | null;
  readonly record: ExchangeRecord;
}

export interface MergedBatch {
  /** Exchanges of which the batch holds no end. */
  readonly opened: ExchangeRow[];
  readonly closed: (ExchangeRow & { readonly record: ClosedRecord })[];
  /** Sequences of records that repeat a phase which the batch already told. */
  readonly contradictory: number[];
}

/**
 * Brings the records of a batch together by exchange: the end of an exchange says all that its opening said, so that most
 * exchanges become one row at once. The first record of a phase counts.
 *
 * @param epoch the spool epoch of the batch
 */
export function mergeRecords(epoch: string, records: readonly SequencedRecord[]): MergedBatch {
  const opened = new Map<string, SequencedRecord>();
  const closed = new Map<string, SequencedRecord>();
  const contradictory: number[] = [];
  for (const entry of records) {
    const phase = entry.record.phase === 'closed' ? closed : opened;
    if (phase.has(entry.record.exchange)) contradictory.push(entry.sequence);
    else phase.set(entry.record.exchange, entry);
  }
  const closedRows: MergedBatch['closed'] = [];
  for (const [id, entry] of closed) {
    const opening = opened.get(id);
    opened.delete(id);
    if (entry.record.phase === 'closed') closedRows.push(closedRow(epoch, { sequence: entry.sequence, record: entry.record }, opening));
  }
  return { opened: [...opened.values()].map((entry) => openedRow(epoch, entry)), closed: closedRows, contradictory };
}

function openedRow(epoch: string, { record, sequence }: SequencedRecord): ExchangeRow {
  return {
    ...common(record), opened_epoch: epoch, opened_sequence: sequence, closed_epoch: null, closed_sequence: null, outcome: null, effect: null, kinds: null, record,
  };
}

function closedRow(epoch: string, closing: { sequence: number; record: ClosedRecord }, opening: SequencedRecord | undefined) {
  const { record, sequence } = closing;
  const kinds = [...new Set(record.findings.map((finding) => finding.kind))];
  return {
    ...common(record),
    opened_epoch: opening ? epoch : null,
    opened_sequence: opening?.sequence ?? null,
    closed_epoch: epoch,
    closed_sequence: sequence,
    outcome: record.outcome,
    effect: record.effect,
    kinds: kinds.length > 0 ? kinds : null,
    record,
  };
}

const common = (record: ExchangeRecord) => ({
  id: record.exchange,
  application_id: record.applicationId ?? null,
  model: record.model ?? null,
  upstream: record.upstream ?? null,
});

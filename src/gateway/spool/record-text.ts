import type { ClosedRecord, ExchangeRecord } from '../../shapes.ts';

/** Bounds of what a caller or an upstream can put into a record, in UTF-16 units. Control refuses what is beyond them. */
export const TEXT_MAX = { path: 200, method: 16, model: 256, clientRequestId: 128, error: 128, message: 1_000 } as const;
const REASONS_MAX = 64;

const ESCAPE = /\\(?:u[0-9a-f]{4}|[^u])/gi;
const UNSAFE_ESCAPE = /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/i;
const REPLACEMENT = '\ufffd';

/**
 * A record as the JSON that is stored and sent. What a database or a canonical form cannot hold (NUL, lone surrogates) becomes
 * U+FFFD and what is too long is cut, because one record that control must refuse would stop all that follow it.
 */
export function recordText(record: ExchangeRecord): string {
  const text = JSON.stringify(isWithinBounds(record) ? record : cutToBounds(record));
  return text.includes('\\u') ? text.replace(ESCAPE, (escape) => (UNSAFE_ESCAPE.test(escape) ? REPLACEMENT : escape)) : text;
}

/** Whether JSON text is free of escapes of NUL and of lone surrogates. JSON.stringify writes no others of surrogates. */
export function hasUnsafeText(json: string): boolean {
  if (!json.includes('\\u')) return false;
  for (const [escape] of json.matchAll(ESCAPE)) if (UNSAFE_ESCAPE.test(escape)) return true;
  return false;
}

function isWithinBounds(record: ExchangeRecord): boolean {
  const common = record.path.length <= TEXT_MAX.path
    && record.method.length <= TEXT_MAX.method
    && (record.model?.length ?? 0) <= TEXT_MAX.model
    && (record.clientRequestId?.length ?? 0) <= TEXT_MAX.clientRequestId;
  return common && (record.phase === 'opened' || closedWithinBounds(record));
}

const closedWithinBounds = (record: ClosedRecord): boolean =>
  (record.error?.length ?? 0) <= TEXT_MAX.error && reasonsWithinBounds(record.reasons) && reasonsWithinBounds(record.observed?.reasons ?? []);

function reasonsWithinBounds(reasons: ClosedRecord['reasons']): boolean {
  return reasons.length <= REASONS_MAX && reasons.every((reason) => reason.message.length <= TEXT_MAX.message);
}

function cutToBounds(record: ExchangeRecord): ExchangeRecord {
  const common = {
    path: record.path.slice(0, TEXT_MAX.path),
    method: record.method.slice(0, TEXT_MAX.method),
    ...(record.model === undefined ? {} : { model: record.model.slice(0, TEXT_MAX.model) }),
    ...(record.clientRequestId === undefined ? {} : { clientRequestId: record.clientRequestId.slice(0, TEXT_MAX.clientRequestId) }),
  };
  if (record.phase === 'opened') return { ...record, ...common };
  return {
    ...record,
    ...common,
    reasons: cutReasons(record.reasons),
    ...(record.observed === undefined ? {} : { observed: { ...record.observed, reasons: cutReasons(record.observed.reasons) } }),
    ...(record.error === undefined ? {} : { error: record.error.slice(0, TEXT_MAX.error) }),
  };
}

const cutReasons = (reasons: ClosedRecord['reasons']): ClosedRecord['reasons'] =>
  reasons.slice(0, REASONS_MAX).map((reason) => ({ ...reason, message: reason.message.slice(0, TEXT_MAX.message) }));

import { toPublicId } from '#platform/ids.ts';
import type { ClosedRecord, ExchangeRecord } from '../shapes.ts';
import type { ExchangeDetail, ExchangeSummary } from './exchange-schemas.ts';

/** A row of evidence.exchange as it is read. */
export interface StoredExchange {
  readonly id: string;
  readonly gateway: string;
  readonly opened_epoch: string | null;
  readonly opened_sequence: number | null;
  readonly closed_epoch: string | null;
  readonly closed_sequence: number | null;
  readonly record: ExchangeRecord;
}

/** What the list shows of an exchange. */
export function shapeSummary({ id, record }: Pick<StoredExchange, 'id' | 'record'>): ExchangeSummary {
  return { ...shapeCommon(id, record), ...(record.phase === 'closed' ? shapeEnd(record) : NO_END) };
}

/** All that is known of an exchange. */
export function shapeDetail(row: StoredExchange, gatewayName: string): ExchangeDetail {
  const { record } = row;
  return {
    ...shapeSummary(row),
    method: record.method,
    path: record.path,
    gateway: { id: toPublicId('gw', row.gateway), name: gatewayName },
    epoch: row.closed_epoch ?? row.opened_epoch ?? '',
    sequence: defined({ opened: row.opened_sequence ?? undefined, closed: row.closed_sequence ?? undefined }),
    times: {},
    obligations: [],
    findings: [],
    ...defined({
      purpose: record.purpose,
      clientRequestId: record.clientRequestId,
      fallbacks: record.fallbacks && [...record.fallbacks],
      openedEpoch: row.closed_epoch !== null && row.opened_epoch !== null && row.closed_epoch !== row.opened_epoch ? row.opened_epoch : undefined,
    }),
    ...(record.phase === 'closed' ? shapeEndDetail(record) : {}),
  };
}

const NO_END = { state: 'open' as const, reasons: [], findings: [], masked: 0, restored: 0 };

function shapeCommon(id: string, record: ExchangeRecord) {
  return {
    id: toPublicId('exc', id),
    receivedAt: record.phase === 'closed' ? record.receivedAt : record.at,
    api: record.api,
    stream: record.stream ?? false,
    ...defined({
      application: named('app', record.applicationId, record.applicationName),
      key: named('key', record.keyId, record.keyName),
      model: record.model,
      upstream: record.upstream,
    }),
  };
}

function shapeEnd(record: ClosedRecord) {
  return {
    state: 'closed' as const,
    closedAt: record.at,
    outcome: record.outcome,
    status: record.status,
    effect: record.effect,
    reasons: [...record.reasons],
    findings: record.findings.map(({ direction, kind, label, count }) => ({ direction, kind, label, count })),
    masked: record.masked,
    restored: record.restored,
    ...defined({ totalMicros: record.times.total }),
  };
}

function shapeEndDetail(record: ClosedRecord) {
  return {
    times: { ...record.times },
    versions: { ...record.versions },
    bytes: { ...record.bytes },
    obligations: [...record.obligations],
    findings: record.findings.map((finding) => ({ ...finding, roles: [...finding.roles] })),
    ...defined({
      usage: record.usage,
      cost: record.cost,
      observed: record.observed && { effect: record.observed.effect, reasons: [...record.observed.reasons] },
      attempts: record.attempts && [...record.attempts],
      error: record.error,
      suppressed: record.suppressed,
    }),
  };
}

const named = (prefix: 'app' | 'key', id: string | undefined, name: string | undefined) =>
  id === undefined ? undefined : { id: toPublicId(prefix, id), name: name ?? '' };

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out members that are undefined: an absent member and one that is `undefined` are two things to the API's types. */
function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}

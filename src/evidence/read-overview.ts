import { sql, type QueryExecutorProvider } from 'kysely';
import { toPublicId } from '#platform/ids.ts';
import { quantileMicros } from './latency-histogram.ts';
import type { Overview, OverviewWindow } from './overview-schemas.ts';
import { NO_APPLICATION, stepStart } from './roll-up.ts';

const WINDOWS: Record<OverviewWindow, { readonly seconds: number; readonly stepSeconds: number }> = {
  '1h': { seconds: 3600, stepSeconds: 60 },
  '24h': { seconds: 86_400, stepSeconds: 900 },
  '7d': { seconds: 604_800, stepSeconds: 3600 },
};

interface CountRow {
  readonly at: string;
  readonly application_id: string;
  readonly application_name: string;
  readonly outcome: 'answered' | 'refused' | 'failed' | 'aborted' | 'interrupted';
  readonly effect: string;
  readonly exchanges: number;
  readonly masked: number;
  readonly findings: number;
}

interface LatencyRow {
  readonly at: string;
  readonly measure: 'total' | 'added';
  readonly bucket: number;
  readonly exchanges: number;
}

interface FindingRow {
  readonly at: string;
  readonly kind: string;
  readonly label: string;
  readonly findings: number;
}

/** What happened in the window that ends now, from the roll-ups alone. */
export async function readOverview(db: QueryExecutorProvider, window: OverviewWindow, nowMs: number): Promise<Overview> {
  const { seconds, stepSeconds } = WINDOWS[window];
  const from = stepStart(new Date(nowMs - seconds * 1000).toISOString(), stepSeconds);
  const scope = sql`step_seconds = ${stepSeconds} and at >= ${from}::timestamptz and at <= ${new Date(nowMs).toISOString()}::timestamptz`;
  const counts = await sql<CountRow>`
    select at, application_id, application_name, outcome, effect, exchanges, masked, findings from evidence.exchange_rollup where ${scope}`.execute(db);
  const latencies = await sql<LatencyRow>`select at, measure, bucket, exchanges from evidence.latency_rollup where ${scope}`.execute(db);
  const findings = await sql<FindingRow>`select at, kind, label, findings from evidence.finding_rollup where ${scope}`.execute(db);
  const steps = stepsBetween(from, nowMs, stepSeconds);
  const totals = totalsOf(counts.rows);
  return {
    from,
    to: new Date(nowMs).toISOString(),
    stepSeconds,
    denominators: { exchanges: totals.exchanges },
    totals,
    series: seriesOf(steps, counts.rows, latencies.rows),
    findings: findingsOf(steps, findings.rows),
    applications: applicationsOf(counts.rows),
    latency: {
      p50Micros: quantile(latencies.rows, 'total', 0.5),
      p99Micros: quantile(latencies.rows, 'total', 0.99),
      addedP50Micros: quantile(latencies.rows, 'added', 0.5),
      addedP99Micros: quantile(latencies.rows, 'added', 0.99),
    },
  };
}

function stepsBetween(from: string, nowMs: number, stepSeconds: number): string[] {
  const steps: string[] = [];
  for (let ms = Date.parse(from); ms <= nowMs; ms += stepSeconds * 1000) steps.push(new Date(ms).toISOString());
  return steps;
}

function totalsOf(rows: readonly CountRow[]): Overview['totals'] {
  const totals = { exchanges: 0, answered: 0, refused: 0, failed: 0, aborted: 0, interrupted: 0, transformed: 0, masked: 0, findings: 0 };
  for (const row of rows) {
    totals.exchanges += row.exchanges;
    totals[row.outcome] += row.exchanges;
    if (row.effect === 'transform') totals.transformed += row.exchanges;
    totals.masked += row.masked;
    totals.findings += row.findings;
  }
  return totals;
}

/** `failed` here is all that neither was answered nor refused: failed upstream, broken off, interrupted. */
function seriesOf(steps: readonly string[], counts: readonly CountRow[], latencies: readonly LatencyRow[]): Overview['series'] {
  const countsByStep = Map.groupBy(counts, (row) => row.at);
  const latenciesByStep = Map.groupBy(latencies, (row) => row.at);
  return steps.map((at) => {
    const totals = totalsOf(countsByStep.get(at) ?? []);
    const latency = latenciesByStep.get(at) ?? [];
    return {
      at,
      answered: totals.answered,
      refused: totals.refused,
      failed: totals.failed + totals.aborted + totals.interrupted,
      transformed: totals.transformed,
      p50Micros: quantile(latency, 'total', 0.5),
      p99Micros: quantile(latency, 'total', 0.99),
    };
  });
}

function findingsOf(steps: readonly string[], rows: readonly FindingRow[]): Overview['findings'] {
  const byKind = Map.groupBy(rows, (row) => `${row.label}\n${row.kind}`);
  return [...byKind.values()]
    .map((kindRows) => {
      const counts = new Map(kindRows.map((row) => [row.at, row.findings]));
      return {
        kind: kindRows[0]?.kind ?? '',
        label: kindRows[0]?.label ?? '',
        total: kindRows.reduce((sum, row) => sum + row.findings, 0),
        series: steps.map((at) => ({ at, count: counts.get(at) ?? 0 })),
      };
    })
    .sort((a, b) => b.total - a.total);
}

function applicationsOf(rows: readonly CountRow[]): Overview['applications'] {
  const identified = rows.filter((row) => row.application_id !== NO_APPLICATION);
  return [...Map.groupBy(identified, (row) => row.application_id)]
    .map(([id, own]) => {
      const latest = own.reduce((a, b) => (a.at > b.at ? a : b));
      const { exchanges, refused } = totalsOf(own);
      return { id: toPublicId('app', id), name: latest.application_name, exchanges, refused };
    })
    .sort((a, b) => b.exchanges - a.exchanges);
}

function quantile(rows: readonly LatencyRow[], measure: LatencyRow['measure'], share: number): number | null {
  const counts = new Map<number, number>();
  for (const row of rows) if (row.measure === measure) counts.set(row.bucket, (counts.get(row.bucket) ?? 0) + row.exchanges);
  return quantileMicros(counts, share);
}

/** The overview's answer as rows of charts and tables. Pure. */
import type { Overview } from '../api/types.ts';
import { formatTick } from '../kit/format.ts';

export interface ChartSeries {
  readonly name: string;
  readonly label: string;
  /** A CSS colour. */
  readonly color: string;
  readonly dashed?: boolean;
}

/** `label` is the time; the other members are numbers by the name of a series. */
export type ChartRow = Readonly<Record<string, string | number | null>> & { readonly label: string };

export const CALL_SERIES: readonly ChartSeries[] = [
  { name: 'unchanged', label: 'Answered unchanged', color: 'var(--sp-chart-1)' },
  { name: 'transformed', label: 'Transformed', color: 'var(--sp-chart-2)' },
  { name: 'refused', label: 'Refused', color: 'var(--sp-chart-deny)' },
  { name: 'failed', label: 'Failed', color: 'var(--sp-chart-fail)' },
];

export function callRows({ series, stepSeconds }: Overview): readonly ChartRow[] {
  return series.map(({ at, answered, refused, failed, transformed }) => ({
    label: formatTick(at, stepSeconds),
    // A transformed call that failed counts in both; it must not make this negative.
    unchanged: Math.max(answered - transformed, 0), transformed, refused, failed,
  }));
}

export const LATENCY_SERIES: readonly ChartSeries[] = [
  { name: 'p50', label: 'Half of calls within', color: 'var(--sp-chart-1)' },
  { name: 'p99', label: '99 of 100 within', color: 'var(--sp-chart-fail)', dashed: true },
];

/** In milliseconds; null where there was no call. */
export function latencyRows({ series, stepSeconds }: Overview): readonly ChartRow[] {
  const milliseconds = (micros: number | null | undefined): number | null => (micros === null || micros === undefined ? null : micros / 1000);
  return series.map(({ at, p50Micros, p99Micros }) => ({ label: formatTick(at, stepSeconds), p50: milliseconds(p50Micros), p99: milliseconds(p99Micros) }));
}

const KINDS_MAX = 5;
const KIND_COLORS = ['var(--sp-chart-1)', 'var(--sp-chart-2)', 'var(--sp-chart-3)', 'var(--sp-chart-4)', 'var(--sp-chart-deny)'];

export interface FindingChart {
  readonly series: readonly ChartSeries[];
  readonly rows: readonly ChartRow[];
}

/** The five commonest kinds over time, and the others as one. */
export function findingChart({ findings, series, stepSeconds }: Overview, nameOf: (kind: string) => string): FindingChart {
  const ranked = [...findings].sort((left, right) => right.total - left.total);
  const shown = ranked.slice(0, KINDS_MAX);
  const rest = ranked.slice(KINDS_MAX);
  const counts = new Map(ranked.map((finding) => [finding.kind, new Map(finding.series.map(({ at, count }) => [at, count]))]));
  const countAt = (kind: string, at: string): number => counts.get(kind)?.get(at) ?? 0;
  const kinds: ChartSeries[] = shown.map(({ kind }, index) => ({ name: kind, label: nameOf(kind), color: KIND_COLORS[index] ?? 'var(--sp-neutral)' }));
  const others: ChartSeries[] = rest.length === 0 ? [] : [{ name: 'other kinds', label: `${rest.length} other kinds`, color: 'var(--sp-neutral)' }];
  const rows = series.map(({ at }): ChartRow => ({
    label: formatTick(at, stepSeconds),
    ...Object.fromEntries(shown.map(({ kind }) => [kind, countAt(kind, at)])),
    ...(rest.length === 0 ? {} : { 'other kinds': rest.reduce((sum, { kind }) => sum + countAt(kind, at), 0) }),
  }));
  return { series: [...kinds, ...others], rows };
}

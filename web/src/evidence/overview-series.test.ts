import { expect, it } from 'vitest';
import type { Overview } from '../api/types.ts';
import { callRows, findingChart, latencyRows } from './overview-series.ts';

const times = ['2026-11-23T10:00:00.000Z', '2026-11-23T10:01:00.000Z'];
const finding = (kind: string, counts: readonly (readonly [number, number])[]) => ({
  kind, label: 'personal_data', total: counts.reduce((sum, [, count]) => sum + count, 0), series: counts.map(([index, count]) => ({ at: times[index] ?? '', count })),
});
const overview: Overview = {
  from: times[0] ?? '', to: '2026-11-23T10:02:00.000Z', stepSeconds: 60, denominators: { exchanges: 10 },
  totals: { exchanges: 10, answered: 7, refused: 2, failed: 1, aborted: 0, interrupted: 0, transformed: 4, masked: 9, findings: 30 },
  series: [{ at: times[0] ?? '', answered: 7, refused: 2, failed: 1, transformed: 3, p50Micros: 1500, p99Micros: 9000 }, { at: times[1] ?? '', answered: 0, refused: 0, failed: 1, transformed: 1, p50Micros: null, p99Micros: null }],
  findings: [finding('a', [[0, 1]]), finding('b', [[0, 9], [1, 1]]), finding('c', [[1, 5]]), finding('d', [[0, 4]]), finding('e', [[0, 3]]), finding('f', [[0, 2], [1, 1]]), finding('g', [[1, 2]])],
  applications: [], latency: { p50Micros: 1, p99Micros: 2, addedP50Micros: 3, addedP99Micros: 4 },
};

it('splits calls so that the parts add up, never below none', () => {
  expect(callRows(overview).map(({ unchanged, transformed, refused, failed }) => [unchanged, transformed, refused, failed])).toEqual([[4, 3, 2, 1], [0, 1, 0, 1]]);
});

it('leaves a gap in latency where there was no call', () => {
  expect(latencyRows(overview).map(({ p50, p99 }) => [p50, p99])).toEqual([[1.5, 9], [null, null]]);
});

it('shows the five commonest kinds by their times and loses none of the others', () => {
  const { series, rows } = findingChart(overview, (kind) => kind.toUpperCase());
  expect(series.map(({ label }) => label)).toEqual(['B', 'C', 'D', 'E', 'F', '2 other kinds']);
  expect(rows[0]).toMatchObject({ b: 9, c: 0, d: 4, 'other kinds': 1 });
  expect(rows[1]).toMatchObject({ b: 1, c: 5, d: 0, 'other kinds': 2 });
  const all = rows.flatMap((row) => Object.entries(row).filter(([name]) => name !== 'label').map(([, count]) => Number(count)));
  expect(all.reduce((sum, count) => sum + count, 0)).toBe(overview.findings.reduce((sum, { total }) => sum + total, 0));
});

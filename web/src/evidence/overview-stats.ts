/** The overview's numbers, each with its denominator in words and the traffic that it counts. Pure. */
import type { Overview } from '../api/types.ts';
import { formatCount, formatMicros, formatShare } from '../kit/format.ts';
import type { TrafficSearch } from './traffic-search.ts';

export interface StatValue {
  readonly label: string;
  /** Absent while loading. */
  readonly value: string | undefined;
  readonly of: string;
  readonly search: TrafficSearch;
}

const LABELS = ['Calls', 'Transformed', 'Refused', 'Failed', 'Latency, median', 'Added by Sallyport'] as const;

export function statsOf(overview: Overview | undefined): readonly StatValue[] {
  if (overview === undefined) return LABELS.map((label) => ({ label, value: undefined, of: '', search: {} }));
  const { totals, latency, from, to } = overview;
  const all = overview.denominators.exchanges;
  const range: TrafficSearch = { from, to };
  const ofCalls = (part: number): string => `${formatShare(part, all)} of ${formatCount(all)} calls`;
  const values: readonly Omit<StatValue, 'label'>[] = [
    { value: formatCount(totals.exchanges), of: 'all that reached a gateway', search: range },
    { value: formatCount(totals.transformed), of: `${ofCalls(totals.transformed)}; ${formatCount(totals.masked)} values masked`, search: { ...range, effect: 'transform' } },
    { value: formatCount(totals.refused), of: ofCalls(totals.refused), search: { ...range, outcome: 'refused' } },
    { value: formatCount(totals.failed), of: `${ofCalls(totals.failed)}; ${formatCount(totals.aborted + totals.interrupted)} cut off besides`, search: { ...range, outcome: 'failed' } },
    { value: formatMicros(latency.p50Micros), of: `99 of 100 within ${formatMicros(latency.p99Micros)}`, search: { ...range, outcome: 'answered' } },
    { value: formatMicros(latency.addedP50Micros), of: `median; 99 of 100 within ${formatMicros(latency.addedP99Micros)}`, search: { ...range, outcome: 'answered' } },
  ];
  return LABELS.map((label, index) => ({ label, ...(values[index] ?? { value: undefined, of: '', search: {} }) }));
}

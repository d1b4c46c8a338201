/** The traffic page's filters as they stand in its address, and as the API takes them. Pure. */
import type { Effect, ExchangeFilters, Outcome } from '../api/types.ts';

export const EFFECTS: readonly Effect[] = ['permit', 'transform', 'hold', 'deny'];
export const OUTCOMES: readonly Outcome[] = ['answered', 'refused', 'failed', 'aborted', 'interrupted'];
const SPANS_SECONDS = { '15m': 900, '1h': 3600, '24h': 86_400, '7d': 604_800 } as const;
export type Span = keyof typeof SPANS_SECONDS;
export const SPANS = Object.keys(SPANS_SECONDS) as readonly Span[];

/** `span` counts back from now and moves with it; `from` and `to` stand still and win over it. */
export interface TrafficSearch extends ExchangeFilters {
  readonly span?: Span;
  /** The exchange whose detail is open. */
  readonly exchange?: string;
}

export type FilterName = Exclude<keyof TrafficSearch, 'exchange'>;

const TEXT_LIMIT = 200;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' && value.length <= TEXT_LIMIT ? value : undefined);
const oneOf = <Word extends string>(words: readonly Word[]) => (value: unknown): Word | undefined => words.find((word) => word === value);
const instant = (value: unknown): string | undefined => {
  const time = typeof value === 'string' && value.length <= 40 ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};

const READERS = {
  application: text, effect: oneOf(EFFECTS), outcome: oneOf(OUTCOMES), model: text, kind: text, upstream: text, from: instant, to: instant, span: oneOf(SPANS), exchange: text,
} satisfies { [Name in keyof Required<TrafficSearch>]: (value: unknown) => TrafficSearch[Name] };

/** Reads the address's parameters; what is unknown or malformed is left out. */
export function parseTrafficSearch(raw: Readonly<Record<string, unknown>>): TrafficSearch {
  const entries = Object.entries(READERS).map(([name, read]) => [name, read(typeof raw[name] === 'number' ? String(raw[name]) : raw[name])] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The API's filters at a moment: a span becomes a `from`. */
export function exchangeFilters(search: TrafficSearch, now: Date): ExchangeFilters {
  const { span, exchange: _open, ...filters } = search;
  if (span === undefined || filters.from !== undefined || filters.to !== undefined) return filters;
  return { ...filters, from: new Date(now.getTime() - SPANS_SECONDS[span] * 1000).toISOString() };
}

/** The same search with one filter set, or dropped where the value is empty. */
export function withFilter(search: TrafficSearch, name: FilterName, value: string | null | undefined): TrafficSearch {
  const { [name]: _old, ...rest } = search;
  return parseTrafficSearch(value === null || value === undefined ? { ...rest } : { ...rest, [name]: value });
}

/** How many filters narrow the list. */
export function filterCount(search: TrafficSearch): number {
  const { exchange: _open, ...filters } = search;
  return Object.keys(filters).length;
}

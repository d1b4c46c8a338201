/** A day's partition of evidence.exchange: its name and the half-open range of ids that belong to it. */
export interface DayPartition {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;
const PAST_DAYS = 60;
const FUTURE_DAYS = 2;

/** The smallest UUID of an instant: its 48-bit millisecond time (RFC 9562, 5.7) and zeros. */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.trunc(ms)).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** @param dayStart milliseconds since 1970 of a midnight in UTC */
function partitionOf(dayStart: number): DayPartition {
  const name = `exchange_d${new Date(dayStart).toISOString().slice(0, 10).replaceAll('-', '')}`;
  return { name, from: firstIdAt(dayStart), to: firstIdAt(dayStart + DAY_MS) };
}

/**
 * The partitions that a set of instants needs. Instants far from now have none of their own: a gateway with a wrong clock, or an
 * evil one, must not be able to make a thousand tables; what it sends is kept in the default partition.
 */
export function partitionsFor(instants: Iterable<number>, now: number): DayPartition[] {
  const days = new Set<number>();
  for (const ms of instants) {
    const day = Math.floor(ms / DAY_MS) * DAY_MS;
    if (day > now - PAST_DAYS * DAY_MS && day < now + FUTURE_DAYS * DAY_MS) days.add(day);
  }
  return [...days].sort((a, b) => a - b).map(partitionOf);
}

/**
 * A logarithmic histogram: four buckets to each doubling, so that a quantile read from it is at most a fifth off and
 * histograms of any periods add up. Bucket n holds what is at most 64 · 2^(n/4) µs; the last one everything above 35 minutes.
 */
const FIRST_BOUND_MICROS = 64;
const BUCKETS_PER_DOUBLING = 4;
const LAST_BUCKET = 100;

/** @param micros a duration in microseconds */
export function bucketOf(micros: number): number {
  if (!(micros > FIRST_BOUND_MICROS)) return 0;
  return Math.min(LAST_BUCKET, Math.ceil(Math.log2(micros / FIRST_BOUND_MICROS) * BUCKETS_PER_DOUBLING));
}

/** The upper bound of a bucket in microseconds. */
const boundOf = (bucket: number): number => FIRST_BOUND_MICROS * 2 ** (bucket / BUCKETS_PER_DOUBLING);

/**
 * @param counts bucket → how many
 * @param quantile 0..1
 * @returns microseconds, or null when nothing was counted
 */
export function quantileMicros(counts: ReadonlyMap<number, number>, quantile: number): number | null {
  const buckets = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let left = Math.max(1, Math.ceil(total * quantile));
  for (const [bucket, count] of buckets) {
    if (left <= count) return Math.round(within(bucket, left / count));
    left -= count;
  }
  return Math.round(boundOf(buckets.at(-1)?.[0] ?? 0));
}

/** Interpolates inside a bucket, evenly on its logarithmic scale. */
function within(bucket: number, share: number): number {
  if (bucket === 0) return boundOf(0) * share;
  return boundOf(bucket - 1 + share);
}

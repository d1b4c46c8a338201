const FIRST_MS = 200;
const LAST_MS = 5_000;

/**
 * How long to wait before the next try: doubling from 0.2 s to 5 s, with jitter so that many gateways do not come back together.
 *
 * @param failures how many tries failed in a row, at least 1
 * @returns milliseconds
 */
export function backoffMs(failures: number): number {
  const ceiling = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return ceiling * (0.5 + Math.random() / 2);
}

import { type Candidate } from './candidate.ts';

/** Negative when `a` is to be preferred: a secret before personal data, the longer, the surer, the earlier, then by name. */
function compare(a: Candidate, b: Candidate): number {
  if (a.what.label !== b.what.label) return a.what.label === 'secret' ? -1 : 1;
  return (b.end - b.start) - (a.end - a.start)
    || b.confidence - a.confidence
    || a.start - b.start
    || (a.what.detector < b.what.detector ? -1 : 1);
}

/**
 * Keeps the candidates that no better one overlaps, sorted by place. Whether the better one is itself kept does not matter:
 * so the fate of a candidate hangs on its direct neighbours alone, and a stream can decide it without waiting for a chain to end.
 *
 * Time is linear in the candidates as long as few of them overlap one place, which the scanners see to.
 */
export function resolveOverlaps(candidates: readonly Candidate[]): Candidate[] {
  if (candidates.length < 2) return [...candidates];
  const sorted = [...candidates].sort((a, b) => a.start - b.start || compare(a, b));
  const beaten = new Uint8Array(sorted.length);
  for (let i = 0; i < sorted.length; i++) {
    const first = sorted[i] as Candidate;
    for (let j = i + 1; j < sorted.length; j++) {
      const second = sorted[j] as Candidate;
      if (second.start >= first.end) break;
      if (compare(first, second) < 0) beaten[j] = 1;
      else beaten[i] = 1;
    }
  }
  return sorted.filter((_, index) => beaten[index] === 0);
}

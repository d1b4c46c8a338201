import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate } from './candidate.ts';
import { resolveOverlaps } from './resolve.ts';

const candidate = (start: number, end: number, kind: string, options: { label?: 'secret' | 'personal_data'; confidence?: number } = {}): Candidate =>
  ({ what: { kind, label: options.label ?? 'personal_data', detector: `sensitive/${kind}` }, start, end, confidence: options.confidence ?? 0.5 });

const kinds = (candidates: readonly Candidate[]) => resolveOverlaps(candidates).map(({ what }) => what.kind);

describe('overlapping candidates', () => {
  it('a secret beats personal data, however long', () => {
    expect(kinds([candidate(0, 30, 'email'), candidate(20, 24, 'key', { label: 'secret' })])).toEqual(['key']);
  });

  it('the longer beats the shorter, the surer the less sure, the earlier the later', () => {
    expect(kinds([candidate(0, 5, 'short', { confidence: 0.9 }), candidate(0, 9, 'long')])).toEqual(['long']);
    expect(kinds([candidate(0, 5, 'unsure'), candidate(1, 6, 'sure', { confidence: 0.9 })])).toEqual(['sure']);
    expect(kinds([candidate(1, 6, 'later'), candidate(0, 5, 'earlier')])).toEqual(['earlier']);
  });

  it('neighbours that only touch both stay, sorted', () => {
    expect(kinds([candidate(5, 9, 'b'), candidate(0, 5, 'a')])).toEqual(['a', 'b']);
  });

  it('what is kept never overlaps, whatever comes in and in whatever order', () => {
    const any = fc.record({ start: fc.nat(60), length: fc.integer({ min: 1, max: 20 }), kind: fc.constantFrom('a', 'b', 'c'), secret: fc.boolean(), confidence: fc.constantFrom(0.5, 0.9) })
      .map(({ start, length, kind, secret, confidence }) => candidate(start, start + length, kind, { label: secret ? 'secret' : 'personal_data', confidence }));
    fc.assert(fc.property(fc.array(any, { maxLength: 20 }), (candidates) => {
      const kept = resolveOverlaps(candidates);
      kept.slice(1).forEach((next, i) => expect(next.start).toBeGreaterThanOrEqual(kept[i]?.end ?? 0));
      expect(resolveOverlaps([...candidates].reverse())).toEqual(kept);
      if (candidates.length > 0) expect(kept.length).toBeGreaterThan(0);
    }));
  });
});

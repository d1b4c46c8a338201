import type { DetectorsSection, Label } from '../shapes.ts';
import { type Candidate, MAX_CANDIDATE_LENGTH, MAX_LOOK_BEHIND, type Sink } from './candidate.ts';
import { resolveOverlaps } from './resolve.ts';
import { viewOf, viewPlace } from './normalise.ts';
import { buildRecognisers, type KindDescription } from './recognisers.ts';
import { openTokenStart } from './settle.ts';

/** One hit. It carries where, never what. Offsets are UTF-16 code units. */
export interface Match {
  readonly kind: string;
  readonly label: Label;
  /** `<room>/<recogniser>`, e.g. `sensitive/email_address`. */
  readonly detector: string;
  readonly start: number;
  readonly end: number;
  /** 0..1 */
  readonly confidence: number;
}

/** What stands in a text from a place on, before overlaps are resolved. */
interface Examination {
  readonly candidates: readonly Candidate[];
  /** The first place from which on a later text could still change something. */
  readonly openFrom: number;
}

/** Finds sensitive data. Pure: the same text gives the same matches, and no text makes it throw or take more than linear time. */
export interface Inspector {
  /** `sha256:…` over the recognisers' data, their code's version and the settings. */
  readonly version: string;
  /** No match is longer, and a stream never holds back more (UTF-16 code units). */
  readonly maxMatch: number;
  /** What is looked for with these settings. */
  readonly kinds: readonly KindDescription[];
  /** All matches, sorted, none overlapping another. */
  inspect(text: string): Match[];
  /** Length of the prefix in which no text that follows can make, change or undo a match, or let one begin that ends behind it. */
  settledLength(text: string): number;
  /** Candidates that start at `from` or later; what stands before serves as context. For streams. */
  examine(text: string, from: number): Examination;
}

export const toMatch = ({ what, start, end, confidence }: Candidate): Match =>
  ({ kind: what.kind, label: what.label, detector: what.detector, start, end, confidence });

/**
 * Where the settled prefix of a text ends: before everything open, and before every candidate that reaches into what is open and is
 * not already beaten by another. As the better of two overlapping ones always wins, no third can straddle the place then found.
 */
export function settledBefore(candidates: readonly Candidate[], openFrom: number): number {
  let settled = openFrom;
  if (candidates.length === 0) return settled;
  for (const { start, end } of resolveOverlaps(candidates)) if (start < openFrom && end > openFrom) settled = Math.min(settled, start);
  return settled;
}

const NONE: readonly Candidate[] = [];

/** Builds an inspector; costs a few milliseconds, so keep it for as long as the settings stay the same. */
export function createInspector(settings: DetectorsSection): Inspector {
  const { scan, kinds, version } = buildRecognisers(settings);

  // One sink for all examinations, which never overlap: a stream has one for each of its events.
  let candidates: Candidate[] | undefined;
  let offsets: ArrayLike<number> | undefined;
  let textLength = 0;
  let earliest = 0;
  let earliestOpen = 0;
  let openFrom = 0;
  const original = (place: number): number => (offsets === undefined ? place : offsets[place] ?? textLength);
  const sink: Sink = {
    found(what, viewStart, viewEnd, confidence) {
      const start = original(viewStart);
      const end = original(viewEnd - 1) + 1;
      if (start >= earliest && end - start < MAX_CANDIDATE_LENGTH) (candidates ??= []).push({ what, start, end, confidence });
    },
    open(viewStart) {
      const start = original(viewStart);
      if (start >= earliestOpen && start < openFrom) openFrom = start;
    },
  };

  function examine(text: string, from: number): Examination {
    const view = viewOf(text);
    candidates = undefined;
    offsets = view.offsets;
    textLength = text.length;
    earliest = from;
    earliestOpen = Math.max(from, text.length - MAX_CANDIDATE_LENGTH);
    openFrom = original(openTokenStart(view.text));
    scan(view.text, Math.max(0, viewPlace(view, from) - MAX_LOOK_BEHIND), sink);
    // As long as the text may be, and of no use any more.
    offsets = undefined;
    return { candidates: candidates ?? NONE, openFrom: Math.max(openFrom, earliestOpen) };
  }

  return {
    version,
    maxMatch: 2 * MAX_CANDIDATE_LENGTH,
    kinds,
    examine,
    inspect: (text) => {
      const found = examine(text, 0).candidates;
      return found.length === 0 ? [] : resolveOverlaps(found).map(toMatch);
    },
    settledLength(text) {
      const { candidates, openFrom } = examine(text, 0);
      return settledBefore(candidates, openFrom);
    },
  };
}

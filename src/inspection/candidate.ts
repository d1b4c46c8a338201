import type { Label } from '../shapes.ts';

/**
 * The longest stretch of text, the character after it included, on which one match may depend. Kept at half of what a stream
 * may hold back: an undecided candidate can keep one that overlaps it waiting.
 */
export const MAX_CANDIDATE_LENGTH = 256;

/** How far in front of its start a candidate's recogniser may look: context words, the name in an assignment. */
export const MAX_LOOK_BEHIND = 96;

/** What a recogniser finds, with how sure it is; the fixed part of a match. */
export interface Recognised {
  readonly kind: string;
  readonly label: Label;
  /** `<room>/<recogniser>` as in `Finding.detector`. */
  readonly detector: string;
}

/** A place that a recogniser takes for its kind; overlaps are not resolved yet. */
export interface Candidate {
  readonly what: Recognised;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

/** Where scanners report. */
export interface Sink {
  found(what: Recognised, start: number, end: number, confidence: number): void;
  /** A candidate that begins at `start` could still appear, change or vanish with the text that comes next. */
  open(start: number): void;
}

/**
 * Looks at one place that the prefilter picked. Whether it finds something may depend only on MAX_LOOK_BEHIND characters before
 * the candidate's start and on MAX_CANDIDATE_LENGTH from there: that is what makes a stream give what the whole text gives.
 */
export type Scanner = (text: string, at: number, sink: Sink) => void;

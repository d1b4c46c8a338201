import { type Candidate, MAX_CANDIDATE_LENGTH, MAX_LOOK_BEHIND } from './candidate.ts';
import { type Inspector, type Match, settledBefore, toMatch } from './inspector.ts';
import { resolveOverlaps } from './resolve.ts';

/** Text that no later text can change, with the matches in it. Offsets count from the start of the whole stream. */
export interface SettledText {
  readonly text: string;
  readonly matches: readonly Match[];
}

export interface StreamInspector {
  /** Takes the next piece and gives what became settled; linear in the piece plus a bounded window. */
  push(chunk: string): SettledText;
  /** Gives the rest. The stream takes no more text then. */
  end(): SettledText;
}

/** What is kept of released text, so that recognisers see what stood in front. */
const CONTEXT_LENGTH = 4 * MAX_LOOK_BEHIND;

const NONE: readonly never[] = [];

/**
 * Inspects a text that comes in pieces. For every way of cutting it, the pieces given back join to the text, and their matches are those
 * of `inspector.inspect(text)`; none straddles two pieces. At most `inspector.maxMatch` is held back.
 */
export function createStreamInspector(inspector: Inspector): StreamInspector {
  /** Context, then what is not released yet. */
  let buffer = '';
  /** Offset of the buffer in the stream, and of the first unreleased character in the buffer. */
  let bufferStart = 0;
  let released = 0;
  /** Candidates in released text that may still overlap, and so beat, one in the text to come. Offsets in the stream. */
  let earlier: readonly Candidate[] = NONE;

  function take(settled: number, candidates: readonly Candidate[]): SettledText {
    const end = bufferStart + settled;
    const matches = candidates.length === 0 ? NONE : resolveOverlaps(candidates).filter((match) => match.start >= bufferStart + released && match.end <= end).map(toMatch);
    const text = buffer.slice(released, settled);
    earlier = candidates.length === 0 ? NONE : candidates.filter((candidate) => candidate.start < end && candidate.start >= end - MAX_CANDIDATE_LENGTH);
    const cut = Math.max(0, settled - CONTEXT_LENGTH);
    buffer = buffer.slice(cut);
    bufferStart += cut;
    released = settled - cut;
    return { text, matches };
  }

  function examine() {
    const { candidates, openFrom } = inspector.examine(buffer, released);
    if (candidates.length === 0) return { candidates: earlier, openFrom: openFrom + bufferStart };
    const moved = candidates.map((candidate) => ({ ...candidate, start: candidate.start + bufferStart, end: candidate.end + bufferStart }));
    return { candidates: earlier.length === 0 ? moved : [...earlier, ...moved], openFrom: openFrom + bufferStart };
  }

  return {
    push(chunk) {
      buffer += chunk;
      const { candidates, openFrom } = examine();
      const settled = settledBefore(candidates, openFrom) - bufferStart;
      return take(Math.max(settled, released), candidates);
    },
    end() {
      return take(buffer.length, examine().candidates);
    },
  };
}

/**
 * One text of a streamed answer, which comes in pieces, one or none an event. The text is inspected as a whole, masked where
 * policy says so, and its placeholders are restored; a piece is free to go once no text to come can change any of that.
 */
import type { Inspector, Match } from '#inspection/index.ts';
import { createStreamInspector } from '#inspection/index.ts';
import type { Escape, Restorer, RestoreStream } from '#protection/index.ts';

export interface ChannelNeeds {
  readonly inspector: Inspector;
  /** Absent when nothing was masked, so that nothing can be restored. */
  readonly restorer: Restorer | undefined;
  readonly escape: Escape | undefined;
  /** Called with what was found before the text around it is let go; it may throw to break off. @returns which of it must be masked */
  readonly judge: (matches: readonly Match[]) => readonly Match[];
  readonly mask: (text: string, match: Match) => string;
}

export interface Piece {
  readonly text: string;
  /** Where it ends in the text as it came. */
  readonly end: number;
  /** Where it ends in the text as it was given to be restored; absent while it is not settled. */
  fedEnd?: number;
}

export interface Channel {
  push(text: string): Piece;
  /** Lets go of everything: another text of the same choice has begun. What comes later is still inspected together with this. */
  release(): void;
  /** As `release`; nothing more will come. */
  end(): void;
  isFree(piece: Piece): boolean;
  /** The text to send for a piece; asked for free pieces, in their order. */
  take(piece: Piece): string;
}

export function createChannel(needs: ChannelNeeds): Channel {
  const inspection = createStreamInspector(needs.inspector);
  const waiting: Piece[] = [];
  const masks: Mask[] = [];
  let restoring: RestoreStream | undefined;
  let arrived = 0;
  let inspected = 0;
  let released = 0;
  let fed = 0;
  let untaken = 0;
  let ready = '';

  const feed = (piece: Piece): void => {
    const text = maskPiece(piece, masks);
    if (needs.restorer === undefined) ready += text;
    else ready += (restoring ??= needs.restorer.stream(needs.escape)).push(text);
    fed += text.length;
    piece.fedEnd = fed;
    untaken++;
  };
  const feedSettled = (): void => {
    const settled = Math.max(inspected, released);
    while (waiting[0] !== undefined && waiting[0].end <= settled) feed(waiting.shift() as Piece);
  };
  const take = (settled: { text: string; matches: readonly Match[] }): void => {
    if (settled.matches.length > 0) {
      for (const match of needs.judge(settled.matches)) {
        masks.push({ match, text: needs.mask(settled.text.slice(match.start - inspected, match.end - inspected), match) });
      }
    }
    inspected += settled.text.length;
    feedSettled();
  };
  const release = (): void => {
    released = arrived;
    feedSettled();
    if (restoring !== undefined) ready += restoring.end();
    restoring = undefined;
  };

  return {
    push(text) {
      arrived += text.length;
      const piece: Piece = { text, end: arrived };
      waiting.push(piece);
      take(inspection.push(text));
      return piece;
    },
    release,
    end() {
      take(inspection.end());
      release();
    },
    isFree: (piece) => piece.fedEnd !== undefined && piece.fedEnd <= fed - (restoring?.held ?? 0),
    take(piece) {
      untaken--;
      const isLast = untaken === 0 && (restoring?.held ?? 0) === 0;
      const text = !isLast && ready.startsWith(piece.text) ? piece.text : ready;
      ready = ready.slice(text.length);
      return text;
    },
  };
}

interface Mask {
  readonly match: Match;
  readonly text: string;
}

/** The piece with masks in place: a mask stands in the piece in which its match begins, and the match is missing from the others. */
function maskPiece({ text, end }: Piece, masks: Mask[]): string {
  const start = end - text.length;
  while (masks[0] !== undefined && masks[0].match.end <= start) masks.shift();
  if (masks.length === 0) return text;
  let masked = '';
  let copied = start;
  for (const { match, text: mask } of masks) {
    if (match.start >= end) break;
    masked += text.slice(copied - start, Math.max(match.start, start) - start) + (match.start >= start ? mask : '');
    copied = Math.min(match.end, end);
  }
  return masked + text.slice(copied - start);
}

/** Runs the detectors over the parts of a body. */
import { hash, randomBytes } from 'node:crypto';
import type { Inspector, Match } from '#inspection/index.ts';
import type { Direction, Finding, Part } from '../shapes.ts';
import type { PlacedPart } from './parts.ts';
import { isHandle } from './stored-objects.ts';
import { VOCABULARY } from './dialects/openai-paths.ts';

export interface PartInspector {
  readonly inspector: Inspector;
  /** Whether a finding of this kind covers all of what it found, not only its beginning. */
  marksWhole(kind: string): boolean;
  /** @param partition the application: what one of them sent is never looked up for another */
  inspect(parts: readonly PlacedPart[], direction: Direction, partition: string): Finding[];
}

/** Hashing a text costs a tenth of inspecting it; what is shorter is inspected in the time that a look-up takes. */
const HASHED_LENGTH_MIN = 1_000;
const CACHE_ENTRIES = 20_000;

/**
 * The texts of a conversation come again with each of its calls, so that what was found in long ones is kept, by a hash of text, role
 * and trust under a key that lives as long as the process. A match says where, so that no text is kept.
 */
export function createPartInspector(inspector: Inspector): PartInspector {
  const key = randomBytes(32).toString('base64');
  const known = new Map<string, readonly Match[]>();
  const heads = new Set(inspector.kinds.filter(({ extent }) => extent === 'head').map(({ kind }) => kind));

  const matchesOf = (part: Part, partition: string): readonly Match[] => {
    if (part.text.length < HASHED_LENGTH_MIN) return inspector.inspect(part.text);
    const digest = hash('sha256', `${key}\0${partition}\0${part.role}\0${part.trust}\0${part.text}`, 'base64');
    let matches = known.get(digest);
    if (matches !== undefined) return matches;
    matches = inspector.inspect(part.text);
    if (known.size >= CACHE_ENTRIES) known.delete(known.keys().next().value as string);
    known.set(digest, matches);
    return matches;
  };

  return {
    inspector,
    marksWhole: (kind) => !heads.has(kind),
    inspect(parts, direction, partition) {
      const findings: Finding[] = [];
      for (const part of parts) {
        if (part.payload !== undefined || VOCABULARY.has(part.text)) continue;
        // It was opened, so that it is of our own making.
        if (direction === 'request' && isHandle(part)) continue;
        for (const match of matchesOf(part, partition)) findings.push(toFinding(match, part.index, direction));
      }
      return findings;
    },
  };
}

export const toFinding = ({ detector, kind, label, start, end, confidence }: Match, part: number, direction: Direction): Finding =>
  ({ part, direction, detector, kind, label, start, end, confidence });

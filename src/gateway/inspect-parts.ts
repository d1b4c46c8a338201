/** Runs the detectors over the parts of a body. */
import { hash, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createStreamInspector, type Inspector, type Match } from '#inspection/index.ts';
import type { Direction, Finding, Part } from '../shapes.ts';
import type { PlacedPart } from './parts.ts';
import { isHandle } from './stored-objects.ts';
import { VOCABULARY } from './dialects/openai-paths.ts';

export interface PartInspector {
  readonly inspector: Inspector;
  /** Whether a finding of this kind covers all of what it found, not only its beginning. */
  marksWhole(kind: string): boolean;
  /**
   * Long bodies are inspected a slice at a time, with the turns of other exchanges between.
   * @param partition the application: what one of them sent is never looked up for another
   */
  inspect(parts: readonly PlacedPart[], direction: Direction, partition: string): Promise<Finding[]>;
}

/** Below, inspecting a text anew takes about the time of joining, hashing and looking it up, and most texts come but once. */
const HASHED_LENGTH_MIN = 4_000;
/** Of each of the two generations that a cache holds. */
const GENERATION_ENTRIES = 10_000;
/** No word of a dialect is longer; asking a set about a text costs as much as reading it. */
const WORD_LENGTH_MAX = 40;
/** The dearest text there is, cards without end, takes about 0.3 ms per 1,000 characters (measured). */
const SLICE_CHARS = 8 * 1024;
/** What a part takes beside its characters, in characters. */
const PART_CHARS = 8;

/**
 * The texts of a conversation come again with each of its calls, so that what was found in long ones is kept, by a hash of text, role
 * and trust under a key that lives as long as the process. A match says where, so that no text is kept.
 */
export function createPartInspector(inspector: Inspector): PartInspector {
  const key = randomBytes(32).toString('base64');
  const known = createGenerations<readonly Match[]>(GENERATION_ENTRIES);
  const heads = new Set(inspector.kinds.filter(({ extent }) => extent === 'head').map(({ kind }) => kind));

  const remembered = async (part: Part, partition: string): Promise<readonly Match[]> => {
    const digest = hash('sha256', `${key}\0${partition}\0${part.role}\0${part.trust}\0${part.text}`, 'base64');
    let matches = known.get(digest);
    if (matches !== undefined) return matches;
    matches = part.text.length <= SLICE_CHARS ? inspector.inspect(part.text) : await inspectInSlices(inspector, part.text);
    known.set(digest, matches);
    return matches;
  };

  return {
    inspector,
    marksWhole: (kind) => !heads.has(kind),
    async inspect(parts, direction, partition) {
      const findings: Finding[] = [];
      let chars = 0;
      for (const part of parts) {
        if (part.payload !== undefined || (part.text.length <= WORD_LENGTH_MAX && VOCABULARY.has(part.text))) continue;
        // It was opened, so that it is of our own making.
        if (direction === 'request' && isHandle(part)) continue;
        const { text } = part;
        if ((chars += text.length + PART_CHARS) > SLICE_CHARS) {
          await nextTurn();
          chars = text.length;
        }
        const matches = text.length < HASHED_LENGTH_MIN ? inspector.inspect(text) : await remembered(part, partition);
        for (const match of matches) findings.push(toFinding(match, part.index, direction));
      }
      return findings;
    },
  };
}

/**
 * A bounded memory of what was used lately: when the young generation is full it becomes the old one, and the old one is forgotten.
 * Each step costs the same; taking the eldest entry out of a Map does not, since its iterator walks over all that was taken out before.
 */
function createGenerations<T>(entriesMax: number): { get(key: string): T | undefined; set(key: string, value: T): void } {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  const set = (key: string, value: T): void => {
    if (young.size >= entriesMax) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    set,
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const known = old.get(key);
      if (known !== undefined) set(key, known);
      return known;
    },
  };
}

/** Cut anywhere, a text gives the matches that it gives as a whole. */
async function inspectInSlices(inspector: Inspector, text: string): Promise<Match[]> {
  const stream = createStreamInspector(inspector);
  const matches: Match[] = [];
  for (let from = 0; from < text.length; from += SLICE_CHARS) {
    if (from > 0) await nextTurn();
    matches.push(...stream.push(text.slice(from, from + SLICE_CHARS)).matches);
  }
  matches.push(...stream.end().matches);
  return matches;
}

export const toFinding = ({ detector, kind, label, start, end, confidence }: Match, part: number, direction: Direction): Finding =>
  ({ part, direction, detector, kind, label, start, end, confidence });

/** One event of a streamed answer, taken apart. */
import type { Payload } from '../../shapes.ts';
import { ANSWER_LIMITS, scanJson, type ScannedJson } from '../json/scan.ts';
import { partsOf, payloadsOf, type PlacedPart } from '../parts.ts';
import { isHandle } from '../stored-objects.ts';
import type { Operation, StreamShape, TextName, UsagePlaces } from './dialect.ts';

/** The event's share in a text. */
export interface TextShare {
  /** The text that goes on over many events; absent when it is whole in this one. */
  readonly name: TextName | undefined;
  readonly part: PlacedPart;
}

/** Token counts as far as they were said. */
export interface TokenCounts {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

export interface StreamEvent {
  /** Root member `type`; empty where it has none. */
  readonly type: string;
  readonly shares: readonly TextShare[];
  /** Keys, ids and other strings that nothing is put in the place of. */
  readonly words: readonly PlacedPart[];
  /** What it holds that cannot be read. */
  readonly payloads: ReadonlySet<Payload>;
  /** Choices that end with this event. */
  readonly finished: readonly string[];
  readonly usage: TokenCounts | undefined;
  readonly state: 'goes_on' | 'complete' | 'failed' | 'error';
}

/**
 * Reads the events of one stream. Consecutive events mostly differ in one text alone: such an event is told by its equal beginning
 * and end, and is not taken apart again.
 */
export interface EventReader {
  /**
   * @param data the event's data
   * @throws JsonError when it is not JSON
   */
  read(data: string): StreamEvent;
}

interface Mould {
  /** Up to and with the opening quote of the one text, and from its closing quote on. */
  readonly before: string;
  readonly after: string;
  readonly type: string;
  readonly share: TextShare;
}

export function createEventReader({ usage }: Operation, shape: StreamShape): EventReader {
  let mould: Mould | undefined;
  return {
    read: (data) => {
      const repeated = mould === undefined ? undefined : readByMould(mould, data);
      if (repeated !== undefined) return repeated;
      const event = readEvent(shape, usage, data);
      mould = mouldOf(event, data);
      return event;
    },
  };
}

function mouldOf({ type, shares, words, payloads, finished, usage, state }: StreamEvent, data: string): Mould | undefined {
  const [share] = shares;
  if (share?.name === undefined || shares.length > 1 || words.some(isHandle) || payloads.size > 0 || finished.length > 0 || usage !== undefined || state !== 'goes_on') return undefined;
  return { before: data.slice(0, share.part.start + 1), after: data.slice(share.part.end - 1), type, share };
}

/** What a string literal holds only escaped, or as an escape. */
const NOT_PLAIN = /["\\\u0000-\u001f]/;

/** The words of the event are those of the mould, which were inspected with the first event of its form. */
function readByMould({ before, after, type, share }: Mould, data: string): StreamEvent | undefined {
  const end = data.length - after.length;
  // Slices are compared by words of memory; startsWith and endsWith go character by character.
  if (end < before.length || data.slice(0, before.length) !== before || data.slice(end) !== after) return undefined;
  const text = data.slice(before.length, end);
  if (NOT_PLAIN.test(text)) return undefined;
  return { type, shares: [{ name: share.name, part: { ...share.part, text, end: end + 1 } }], words: NONE, payloads: NO_PAYLOADS, finished: NONE, usage: undefined, state: 'goes_on' };
}

const NONE: readonly never[] = [];
const NO_PAYLOADS: ReadonlySet<Payload> = new Set();

function readEvent(shape: StreamShape, usage: UsagePlaces, data: string): StreamEvent {
  const scanned = scanJson(data, ANSWER_LIMITS);
  const type = typeOf(scanned);
  const parts = partsOf(scanned, shape.placesOf(type));
  const view = shape.look(scanned, type);
  const shares: TextShare[] = [];
  const words: PlacedPart[] = [];
  for (const part of parts) {
    if (part.payload !== undefined) continue;
    if (part.kind === 'key' || part.isNumber || part.role === 'parameter') words.push(part);
    else shares.push({ name: view.textOf(part), part });
  }
  return { type, shares, words, payloads: payloadsOf(parts), finished: view.finished, usage: usageOf(scanned, usage), state: view.state };
}

const typeOf = ({ leaves }: ScannedJson): string => leaves.find(({ container, segment, type }) => container === 0 && segment === 'type' && type === 'string')?.text ?? '';

/** Tokens that an answer, or an event of one, says it took. */
export function usageOf({ containers, leaves }: ScannedJson, { objects, input, output }: UsagePlaces): TokenCounts | undefined {
  let counts: { inputTokens?: number; outputTokens?: number } | undefined;
  for (const leaf of leaves) {
    if (leaf.type !== 'number') continue;
    const isInput = input.some((name) => name === leaf.segment);
    if ((!isInput && leaf.segment !== output) || !objects.includes(containers[leaf.container]?.path ?? '')) continue;
    counts ??= {};
    if (isInput) counts.inputTokens = (counts.inputTokens ?? 0) + tokenCount(leaf.text);
    else counts.outputTokens = tokenCount(leaf.text);
  }
  return counts;
}

/** What an upstream claims is believed only as far as it can be a count. */
function tokenCount(literal: string): number {
  const count = Number(literal);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

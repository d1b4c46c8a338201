/** One event of a streamed chat completion, taken apart (`chat.completion.chunk`). */
import type { PlacedPart } from '../parts.ts';
import { partsOf } from '../parts.ts';
import { ANSWER_LIMITS, scanJson, type ScannedJson } from '../json/scan.ts';
import { CHAT_ANSWER_PATHS } from './openai-paths.ts';

/** The event's share in a text that goes on over many events. */
export interface TextShare {
  /** Names the text: the same in each event that carries some of it. */
  readonly text: string;
  /** The choice that it belongs to; empty when none. */
  readonly choice: string;
  readonly part: PlacedPart;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ChatEvent {
  readonly shares: readonly TextShare[];
  /** Keys, ids and other strings that are whole in themselves. */
  readonly words: readonly PlacedPart[];
  /** Choices that end with this event. */
  readonly finished: readonly string[];
  readonly usage: Usage | undefined;
  /** The upstream says in its stream that it failed. */
  readonly isError: boolean;
}

export const CHAT_DONE = '[DONE]';

/**
 * Reads the events of one stream. Consecutive events mostly differ in one text alone: such an event is told by its equal beginning
 * and end, and is not taken apart again.
 */
export interface ChatEventReader {
  /**
   * @param data the event's data
   * @throws JsonError when it is not JSON
   */
  read(data: string): ChatEvent;
}

interface Mould {
  /** Up to and with the opening quote of the one text, and from its closing quote on. */
  readonly before: string;
  readonly after: string;
  readonly share: TextShare;
}

export function createChatEventReader(): ChatEventReader {
  let mould: Mould | undefined;
  return {
    read: (data) => {
      const repeated = mould === undefined ? undefined : readByMould(mould, data);
      if (repeated !== undefined) return repeated;
      const event = readChatEvent(data);
      mould = mouldOf(event, data);
      return event;
    },
  };
}

function mouldOf({ shares, finished, usage, isError }: ChatEvent, data: string): Mould | undefined {
  const [share] = shares;
  if (share === undefined || shares.length > 1 || finished.length > 0 || usage !== undefined || isError) return undefined;
  return { before: data.slice(0, share.part.start + 1), after: data.slice(share.part.end - 1), share };
}

/** What a string literal holds only escaped, or as an escape. */
const NOT_PLAIN = /["\\\u0000-\u001f]/;

/** The words of the event are those of the mould, which were inspected with the first event of its form. */
function readByMould({ before, after, share }: Mould, data: string): ChatEvent | undefined {
  const end = data.length - after.length;
  // Slices are compared by words of memory; startsWith and endsWith go character by character.
  if (end < before.length || data.slice(0, before.length) !== before || data.slice(end) !== after) return undefined;
  const text = data.slice(before.length, end);
  if (NOT_PLAIN.test(text)) return undefined;
  return { shares: [{ text: share.text, choice: share.choice, part: { ...share.part, text, end: end + 1 } }], words: NONE, finished: NONE, usage: undefined, isError: false };
}

const NONE: readonly never[] = [];

function readChatEvent(data: string): ChatEvent {
  const scanned = scanJson(data, ANSWER_LIMITS);
  const parts = partsOf(scanned, CHAT_ANSWER_PATHS);
  const labels = labelsOf(scanned);
  const shares: TextShare[] = [];
  const words: PlacedPart[] = [];
  for (const part of parts) {
    if (part.kind === 'key' || part.isNumber || part.role === 'parameter') words.push(part);
    else shares.push({ ...nameOf(scanned, labels, part), part });
  }
  return { shares, words, finished: finishedChoices(scanned, labels), usage: usageOf(scanned), isError: hasErrorMember(scanned) };
}

/** Tokens that an answer or its last event says it took. */
export function usageOf({ containers, leaves }: ScannedJson): Usage | undefined {
  let inputTokens: number | undefined;
  let outputTokens: number | undefined;
  for (const leaf of leaves) {
    if (leaf.type !== 'number' || containers[leaf.container]?.path !== '/usage') continue;
    if (leaf.segment === 'prompt_tokens') inputTokens = tokenCount(leaf.text);
    if (leaf.segment === 'completion_tokens') outputTokens = tokenCount(leaf.text);
  }
  return inputTokens === undefined && outputTokens === undefined ? undefined : { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
}

/** What an upstream claims is believed only as far as it can be a count. */
function tokenCount(literal: string): number {
  const count = Number(literal);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

/** The `index` member of each object of an array: an element's place in its event's array says nothing. */
function labelsOf({ leaves }: ScannedJson): Map<number, string> {
  const labels = new Map<number, string>();
  for (const leaf of leaves) {
    if (leaf.segment === 'index' && leaf.type === 'number') labels.set(leaf.container, leaf.text);
  }
  return labels;
}

/** A text is named by its path, with each array position replaced by the element's `index`. */
function nameOf({ containers }: ScannedJson, labels: Map<number, string>, part: PlacedPart): { text: string; choice: string } {
  let text = part.path.slice(part.path.lastIndexOf('/'));
  let choice = '';
  for (let at = part.container; at > 0; ) {
    const container = containers[at];
    if (container === undefined) break;
    const label = typeof container.segment === 'number' ? (labels.get(at) ?? String(container.segment)) : container.segment;
    text = `/${label}${text}`;
    if (container.depth === CHOICE_DEPTH && container.path.startsWith('/choices/')) choice = label;
    at = container.parent;
  }
  return { text, choice };
}

/** Depth of `choices[n]`: root, array, element. */
const CHOICE_DEPTH = 3;

function finishedChoices({ containers, leaves }: ScannedJson, labels: Map<number, string>): string[] {
  const finished: string[] = [];
  for (const leaf of leaves) {
    if (leaf.segment !== 'finish_reason' || leaf.type !== 'string') continue;
    const container = containers[leaf.container];
    if (container?.depth === CHOICE_DEPTH) finished.push(labels.get(leaf.container) ?? String(container.segment));
  }
  return finished;
}

const hasErrorMember = ({ leaves }: ScannedJson): boolean =>
  leaves.some((leaf) => leaf.type === 'key' && leaf.container === 0 && leaf.text === 'error');

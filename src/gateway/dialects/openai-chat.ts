/** Chat completions (openai 7, resources/chat/completions), whole and as `chat.completion.chunk` events. */
import type { ScannedJson } from '../json/scan.ts';
import type { PlacedPart } from '../parts.ts';
import { writeSse } from '../streaming/sse.ts';
import type { EventView, Operation, StreamShape, TextName } from './dialect.ts';
import { CHAT_ANSWER_PATHS, CHAT_REQUEST_PATHS } from './openai-paths.ts';
import { errorBody } from './openai.ts';
import type { CompiledPaths } from './path-table.ts';

/** Streams of chunks, each with its share of the `choices`. */
export const chunkStream = (answerPaths: CompiledPaths): StreamShape => ({
  endMark: '[DONE]',
  isNamed: false,
  placesOf: () => answerPaths,
  look: lookAtChunk,
  // The client library raises it as it would raise the body.
  errorEvent: (error) => writeSse('', errorBody(error)),
});

export const CHAT: Operation = {
  api: 'openai.chat_completions',
  requestPaths: CHAT_REQUEST_PATHS,
  answerPaths: CHAT_ANSWER_PATHS,
  usage: { objects: ['/usage'], input: ['prompt_tokens'], output: 'completion_tokens' },
  stream: chunkStream(CHAT_ANSWER_PATHS),
};

function lookAtChunk(scanned: ScannedJson): EventView {
  const labels = labelsOf(scanned);
  return {
    textOf: (part) => nameOf(scanned, labels, part),
    finished: finishedChoices(scanned, labels),
    state: hasErrorMember(scanned) ? 'error' : 'goes_on',
  };
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
function nameOf({ containers }: ScannedJson, labels: Map<number, string>, part: PlacedPart): TextName {
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

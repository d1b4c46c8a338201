/** Messages and their token counts (@anthropic-ai/sdk 1.12, resources/messages), whole and as events. */
import type { Leaf, ScannedJson } from '../json/scan.ts';
import type { PlacedPart } from '../parts.ts';
import { writeSse } from '../streaming/sse.ts';
import { errorBody } from './anthropic.ts';
import { COUNT_ANSWER_PATHS, MESSAGE_ANSWER_PATHS, MESSAGE_EVENT_PATHS, MESSAGE_REQUEST_PATHS } from './anthropic-paths.ts';
import type { EventView, Operation, StreamShape, TextName } from './dialect.ts';

const STREAM: StreamShape = {
  // The client library passes over events without a name.
  isNamed: true,
  placesOf: () => MESSAGE_EVENT_PATHS,
  look: lookAtEvent,
  errorEvent: (error, requestId) => writeSse('error', errorBody(error, requestId)),
};

export const MESSAGES: Operation = {
  api: 'anthropic.messages',
  requestPaths: MESSAGE_REQUEST_PATHS,
  answerPaths: MESSAGE_ANSWER_PATHS,
  // Input is counted when the answer begins, output when it ends. What a cache gives or keeps is not in `input_tokens`.
  usage: { objects: ['/usage', '/message/usage'], input: ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'], output: 'output_tokens' },
  stream: STREAM,
};

export const COUNT_TOKENS: Operation = {
  api: 'anthropic.count_tokens',
  requestPaths: MESSAGE_REQUEST_PATHS,
  answerPaths: COUNT_ANSWER_PATHS,
  // What is counted is not spent.
  usage: { objects: [], input: [], output: '' },
};

const STATES: Readonly<Record<string, EventView['state']>> = { message_stop: 'complete', error: 'error' };

function lookAtEvent(event: ScannedJson, type: string): EventView {
  const block = blockOf(event);
  return {
    textOf: (part) => nameOf(part, block),
    finished: type === 'content_block_stop' ? [block] : [],
    state: STATES[type] ?? 'goes_on',
  };
}

/** The content block of an event, by its number. */
function blockOf({ leaves }: ScannedJson): string {
  return leaves.find(({ container, segment, type }: Leaf) => container === 0 && segment === 'index' && type === 'number')?.text ?? '';
}

/** A block begins with the first piece of its text, mostly an empty one; what else an event says is whole in it. */
const PIECE = /^\/(?:content_block|delta)\/(text|thinking|partial_json)$/;

function nameOf({ path }: PlacedPart, block: string): TextName | undefined {
  const member = PIECE.exec(path)?.[1];
  return member === undefined ? undefined : { text: `${block}/${member}`, choice: block };
}

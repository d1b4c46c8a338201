/** The Responses API, whole and as named events. The last of these repeats all that went before. */
import type { ScannedJson } from '../json/scan.ts';
import type { PlacedPart } from '../parts.ts';
import { writeSse } from '../streaming/sse.ts';
import type { EventView, Operation, StreamShape, TextName } from './dialect.ts';
import { errorOf } from './openai.ts';
import { RESPONSES_ANSWER_PATHS, RESPONSES_REQUEST_PATHS, responsesEventPaths } from './openai-responses-paths.ts';

const STREAM: StreamShape = {
  isNamed: true,
  placesOf: responsesEventPaths,
  look: lookAtEvent,
  errorEvent: (error) => {
    const { message, type, param, code } = errorOf(error);
    // Client libraries read either the members of the event or those of `error`.
    return writeSse('error', JSON.stringify({ type: 'error', sequence_number: 0, code, message, param, error: { message, type, param, code } }));
  },
};

export const RESPONSES: Operation = {
  api: 'openai.responses',
  requestPaths: RESPONSES_REQUEST_PATHS,
  answerPaths: RESPONSES_ANSWER_PATHS,
  usage: { objects: ['/usage', '/response/usage'], input: ['input_tokens'], output: 'output_tokens' },
  stream: STREAM,
};

const STATES: Readonly<Record<string, EventView['state']>> = {
  'response.completed': 'complete',
  'response.incomplete': 'complete',
  'response.cancelled': 'complete',
  'response.failed': 'failed',
  error: 'error',
};

function lookAtEvent(scanned: ScannedJson, type: string): EventView {
  const indexes = indexesOf(scanned);
  return {
    textOf: (part) => nameOf(type, indexes, part),
    finished: type.endsWith('.done') ? [indexes.get('output_index') ?? ''] : [],
    state: Object.hasOwn(STATES, type) ? (STATES[type] as EventView['state']) : 'goes_on',
  };
}

/** Which item, and what of it, the event is about. */
function indexesOf({ leaves }: ScannedJson): ReadonlyMap<string, string> {
  const indexes = new Map<string, string>();
  for (const { container, type, segment, text } of leaves) {
    if (container === 0 && type === 'number' && typeof segment === 'string' && segment.endsWith('_index')) indexes.set(segment, text);
  }
  return indexes;
}

/** Only deltas go on over events, with the log probabilities of their tokens; all else is whole in its event. */
function nameOf(type: string, indexes: ReadonlyMap<string, string>, part: PlacedPart): TextName | undefined {
  const goesOn = part.path === '/delta' || part.path.startsWith('/delta/') || part.path.startsWith('/logprobs/');
  if (!goesOn) return undefined;
  return { text: `${type} ${[...indexes.values()].join(' ')} ${part.path}`, choice: indexes.get('output_index') ?? '' };
}

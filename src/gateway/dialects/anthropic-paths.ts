/** The places of Anthropic's Messages bodies (@anthropic-ai/sdk 1.12, resources/messages). */
import { compilePaths, type MessageRoles, type PathTable, type Place } from './path-table.ts';
import { ANSWER, BY_MESSAGE, DOCUMENT, ENCRYPTED, FILE, HANDLE, PARAMETER, settings, SYSTEM, TOOL_DEFINITION, TOOL_INPUT, TOOL_RESULT, USER } from './places.ts';

/** Signed by the provider, who refuses it when a character is changed. */
const SIGNED: Place = { role: 'reasoning', trust: 'model', isSigned: true };

const MESSAGE_ROLES: MessageRoles = { system: SYSTEM, user: USER, assistant: ANSWER };

/** Where a document, an image or a page that was fetched comes from. */
const source = (at: string): PathTable => ({
  [`${at}/**`]: DOCUMENT,
  [`${at}/type`]: PARAMETER,
  [`${at}/media_type`]: PARAMETER,
  [`${at}/data`]: { ...FILE, byType: { text: DOCUMENT } },
  [`${at}/url`]: FILE,
  [`${at}/file_id`]: HANDLE,
  [`${at}/content/*/source/data`]: FILE,
  [`${at}/content/*/source/file_id`]: HANDLE,
});

/** A block of content, as a caller sends it and as a model answers with it. */
const block = (at: string, text: Place): PathTable => ({
  ...Object.fromEntries(['type', 'id', 'name', 'tool_use_id', 'toolset_name', 'cache_control/**', 'caller/**'].map((name) => [`${at}/${name}`, PARAMETER])),
  [`${at}/text`]: text,
  [`${at}/citations/**`]: DOCUMENT,
  [`${at}/citations/*/type`]: PARAMETER,
  [`${at}/citations/*/encrypted_index`]: ENCRYPTED,
  [`${at}/thinking`]: SIGNED,
  [`${at}/signature`]: ENCRYPTED,
  [`${at}/data`]: ENCRYPTED,
  [`${at}/file_id`]: HANDLE,
  [`${at}/input/**`]: TOOL_INPUT,
  [`${at}/content/**`]: TOOL_RESULT,
  [`${at}/content/type`]: PARAMETER,
  [`${at}/content/encrypted_stdout`]: ENCRYPTED,
  [`${at}/content/content/*/file_id`]: HANDLE,
  [`${at}/content/*/type`]: PARAMETER,
  [`${at}/content/*/encrypted_content`]: ENCRYPTED,
  ...source(`${at}/content/*/source`),
  ...source(`${at}/content/content/source`),
});

export const MESSAGE_REQUEST_PATHS = compilePaths(
  {
    '/system': SYSTEM,
    '/system/*/text': SYSTEM,
    '/system/*/type': PARAMETER,
    '/system/*/cache_control/**': PARAMETER,
    '/messages/*/role': PARAMETER,
    '/messages/*/content': BY_MESSAGE,
    ...block('/messages/*/content/*', BY_MESSAGE),
    ...source('/messages/*/content/*/source'),
    '/messages/*/content/*/title': DOCUMENT,
    '/messages/*/content/*/context': DOCUMENT,
    // What a call goes on from is kept by the provider under the id of an answer, and what its tools work on in a container.
    '/thread/previous_message_id': HANDLE,
    '/diagnostics/previous_message_id': HANDLE,
    '/container': HANDLE,
    '/container/id': HANDLE,
    '/container/skills/*/skill_id': { ...HANDLE, byType: { anthropic: PARAMETER } },
    '/tools/**': TOOL_DEFINITION,
    '/output_config/**': TOOL_DEFINITION,
    '/tool_choice/**': PARAMETER,
    '/stop_sequences/**': PARAMETER,
    '/metadata/**': PARAMETER,
    '/thinking/**': PARAMETER,
    '/cache_control/**': PARAMETER,
    ...settings('model', 'max_tokens', 'stream', 'temperature', 'top_k', 'top_p', 'service_tier', 'speed', 'inference_geo'),
  },
  MESSAGE_ROLES,
);

/** A message that the model answers with. */
const message = (at: string): PathTable => ({
  ...block(`${at}/content/*`, ANSWER),
  ...Object.fromEntries(['type', 'role', 'model', 'stop_reason', 'usage/**', 'container/**'].map((name) => [`${at}/${name}`, PARAMETER])),
  [`${at}/id`]: HANDLE,
  [`${at}/container/id`]: HANDLE,
  [`${at}/stop_sequence`]: ANSWER,
  [`${at}/stop_details/explanation`]: ANSWER,
});

export const MESSAGE_ANSWER_PATHS = compilePaths(message(''), {});

export const COUNT_ANSWER_PATHS = compilePaths(settings('input_tokens'), {});

/** Of all events of a streamed answer: their places have names that no two kinds of event read differently. */
export const MESSAGE_EVENT_PATHS = compilePaths(
  {
    ...settings('type', 'index'),
    ...message('/message'),
    ...block('/content_block', ANSWER),
    '/delta/type': PARAMETER,
    '/delta/text': ANSWER,
    '/delta/partial_json': { ...TOOL_INPUT, holdsJson: true },
    '/delta/thinking': SIGNED,
    '/delta/signature': ENCRYPTED,
    '/delta/citation/**': DOCUMENT,
    '/delta/citation/type': PARAMETER,
    '/delta/citation/encrypted_index': ENCRYPTED,
    '/delta/stop_reason': PARAMETER,
    '/delta/stop_sequence': ANSWER,
    '/delta/container/**': PARAMETER,
    '/delta/container/id': HANDLE,
    '/delta/stop_details/explanation': ANSWER,
    '/usage/**': PARAMETER,
  },
  {},
);

/** The places of OpenAI's Responses bodies (openai 7, resources/responses). */
import {
  ANSWER, ARGUMENTS, AUDIO, BY_MESSAGE, DOCUMENT, ENCRYPTED, FILE, HANDLE, IMAGE, MESSAGE_ROLES, PARAMETER, REASONING, settings, SYSTEM, TOOL_DEFINITION, TOOL_INPUT, TOOL_RESULT, USER,
} from './places.ts';
import { compilePaths, type CompiledPaths, type PathTable, type Place } from './path-table.ts';

/** What an item of the input and one of the output have in common: both sides send both kinds. */
const item = (path: string): PathTable => ({
  [`${path}/type`]: PARAMETER,
  [`${path}/id`]: HANDLE,
  [`${path}/role`]: PARAMETER,
  [`${path}/status`]: PARAMETER,
  [`${path}/phase`]: PARAMETER,
  [`${path}/call_id`]: PARAMETER,
  [`${path}/name`]: PARAMETER,
  [`${path}/approval_request_id`]: HANDLE,
  [`${path}/container_id`]: HANDLE,
  [`${path}/arguments`]: ARGUMENTS,
  [`${path}/input`]: TOOL_INPUT,
  [`${path}/code`]: TOOL_INPUT,
  [`${path}/action/**`]: TOOL_INPUT,
  [`${path}/operation/**`]: TOOL_INPUT,
  [`${path}/output`]: TOOL_RESULT,
  [`${path}/output/**`]: TOOL_RESULT,
  [`${path}/output/*/type`]: PARAMETER,
  [`${path}/output/*/image_url`]: IMAGE,
  [`${path}/output/*/file_data`]: FILE,
  [`${path}/output/*/file_id`]: HANDLE,
  [`${path}/output/image_url`]: IMAGE,
  [`${path}/output/file_id`]: HANDLE,
  [`${path}/results/**`]: TOOL_RESULT,
  [`${path}/results/*/file_id`]: HANDLE,
  [`${path}/result`]: IMAGE,
  [`${path}/summary/*/type`]: PARAMETER,
  [`${path}/summary/*/text`]: REASONING,
  [`${path}/encrypted_content`]: ENCRYPTED,
});

const REASONED: Place = { ...BY_MESSAGE, byType: { reasoning_text: REASONING, summary_text: REASONING } };
const ANSWERED: Place = { ...ANSWER, byType: { reasoning_text: REASONING, summary_text: REASONING } };

export const RESPONSES_REQUEST_PATHS = compilePaths(
  {
    ...item('/input/*'),
    '/instructions': SYSTEM,
    '/input': USER,
    '/input/*/content': BY_MESSAGE,
    '/input/*/content/*/type': PARAMETER,
    '/input/*/content/*/detail': PARAMETER,
    '/input/*/content/*/text': REASONED,
    '/input/*/content/*/refusal': BY_MESSAGE,
    '/input/*/content/*/image_url': IMAGE,
    '/input/*/content/*/input_audio/data': AUDIO,
    '/input/*/content/*/file_data': FILE,
    '/input/*/content/*/file_url': DOCUMENT,
    '/input/*/content/*/filename': DOCUMENT,
    '/input/*/content/*/file_id': HANDLE,
    '/previous_response_id': HANDLE,
    '/conversation': HANDLE,
    '/conversation/id': HANDLE,
    '/prompt/id': HANDLE,
    '/prompt/variables/**': USER,
    '/tools/**': TOOL_DEFINITION,
    '/tools/*/vector_store_ids/*': HANDLE,
    '/tools/*/container': HANDLE,
    '/tools/*/container/file_ids/*': HANDLE,
    '/text/**': TOOL_DEFINITION,
    '/text/verbosity': PARAMETER,
    '/tool_choice/**': PARAMETER,
    '/reasoning/**': PARAMETER,
    '/include/*': PARAMETER,
    '/stream_options/**': PARAMETER,
    ...settings('model', 'store', 'background', 'stream', 'temperature', 'top_p', 'top_logprobs', 'max_output_tokens', 'max_tool_calls', 'parallel_tool_calls', 'service_tier',
      'truncation', 'prompt_cache_retention'),
  },
  MESSAGE_ROLES,
);

const content = (path: string): PathTable => ({
  [`${path}/type`]: PARAMETER,
  [`${path}/text`]: ANSWERED,
  [`${path}/refusal`]: ANSWER,
  [`${path}/transcript`]: ANSWER,
  [`${path}/data`]: { ...ANSWER, payload: 'audio' },
  [`${path}/annotations/*/file_id`]: HANDLE,
  [`${path}/annotations/*/container_id`]: HANDLE,
});

const outputItem = (path: string): PathTable => ({ ...item(path), ...content(`${path}/content/*`) });

/** @param path empty, or of the member that holds the response */
const response = (path: string): PathTable => ({
  ...outputItem(`${path}/output/*`),
  [`${path}/id`]: HANDLE,
  [`${path}/previous_response_id`]: HANDLE,
  [`${path}/conversation/id`]: HANDLE,
  [`${path}/prompt/id`]: HANDLE,
  [`${path}/instructions`]: SYSTEM,
  [`${path}/instructions/**`]: SYSTEM,
  [`${path}/tools/**`]: TOOL_DEFINITION,
  [`${path}/text/**`]: TOOL_DEFINITION,
  [`${path}/tool_choice/**`]: PARAMETER,
  [`${path}/reasoning/**`]: PARAMETER,
  [`${path}/usage/**`]: PARAMETER,
  ...Object.fromEntries(
    ['object', 'status', 'model', 'created_at', 'completed_at', 'service_tier', 'truncation', 'background', 'store', 'temperature', 'top_p', 'max_output_tokens'].map(
      (name) => [`${path}/${name}`, PARAMETER]),
  ),
});

export const RESPONSES_ANSWER_PATHS = compilePaths(response(''), {});

/** Events that carry a piece of a text in `delta`, which may be an object of pieces. */
const DELTAS: Readonly<Record<string, Place>> = {
  'response.output_text.delta': ANSWER,
  'response.refusal.delta': ANSWER,
  'response.audio.transcript.delta': ANSWER,
  'response.reasoning_text.delta': REASONING,
  'response.reasoning_summary_text.delta': REASONING,
  'response.function_call_arguments.delta': ARGUMENTS,
  'response.mcp_call_arguments.delta': ARGUMENTS,
  'response.custom_tool_call_input.delta': TOOL_INPUT,
  'response.code_interpreter_call_code.delta': TOOL_INPUT,
  'response.shell_call_command.delta': TOOL_INPUT,
  'response.apply_patch_call_operation_diff.delta': TOOL_INPUT,
  'response.shell_call_output_content.delta': TOOL_RESULT,
};

const EVENT: PathTable = {
  ...response('/response'),
  ...outputItem('/item'),
  ...content('/part'),
  '/item_id': HANDLE,
  '/text': ANSWER,
  '/refusal': ANSWER,
  '/arguments': ARGUMENTS,
  '/input': TOOL_INPUT,
  '/code': TOOL_INPUT,
  '/command': TOOL_INPUT,
  '/diff': TOOL_INPUT,
  '/annotation/file_id': HANDLE,
  '/annotation/container_id': HANDLE,
  '/partial_image_b64': IMAGE,
  ...settings('type', 'sequence_number', 'output_index', 'content_index', 'summary_index', 'annotation_index', 'partial_image_index', 'obfuscation'),
};

const withDelta = (delta: Place): CompiledPaths => compilePaths({ ...EVENT, '/delta': delta, '/delta/**': delta }, {});

const OTHER_EVENT = withDelta(ANSWER);
const BY_TYPE = new Map(Object.entries(DELTAS).map(([type, delta]) => [type, withDelta(delta)]));

/** Places of an event's data by its type. A delta of a type that is not known is a text of the model like any other. */
export const responsesEventPaths = (type: string): CompiledPaths => BY_TYPE.get(type) ?? OTHER_EVENT;

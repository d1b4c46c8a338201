/** The places of OpenAI's Chat Completions bodies (openai 7.57, resources/chat/completions). */
import { ANSWER, ARGUMENTS, AUDIO, BY_MESSAGE, DOCUMENT, FILE, HANDLE, IMAGE, MESSAGE_ROLES, PARAMETER, REASONING, settings, TOOL_DEFINITION, TOOL_INPUT } from './places.ts';
import { compilePaths, type PathTable } from './path-table.ts';

/** What a message of a request and one of an answer have in common. */
const calls = (message: string): PathTable => ({
  [`${message}/role`]: PARAMETER,
  [`${message}/reasoning`]: REASONING,
  [`${message}/reasoning_content`]: REASONING,
  [`${message}/reasoning_details/*/text`]: REASONING,
  [`${message}/tool_calls/*/index`]: PARAMETER,
  [`${message}/tool_calls/*/id`]: PARAMETER,
  [`${message}/tool_calls/*/type`]: PARAMETER,
  [`${message}/tool_calls/*/function/name`]: PARAMETER,
  [`${message}/tool_calls/*/function/arguments`]: ARGUMENTS,
  [`${message}/tool_calls/*/custom/name`]: PARAMETER,
  [`${message}/tool_calls/*/custom/input`]: TOOL_INPUT,
  [`${message}/function_call/name`]: PARAMETER,
  [`${message}/function_call/arguments`]: ARGUMENTS,
});

export const CHAT_REQUEST_PATHS = compilePaths(
  {
    ...calls('/messages/*'),
    '/messages/*/content': BY_MESSAGE,
    '/messages/*/content/*/type': PARAMETER,
    '/messages/*/content/*/text': BY_MESSAGE,
    '/messages/*/content/*/refusal': BY_MESSAGE,
    '/messages/*/content/*/image_url/**': DOCUMENT,
    '/messages/*/content/*/image_url/url': IMAGE,
    '/messages/*/content/*/input_audio/**': DOCUMENT,
    '/messages/*/content/*/input_audio/data': AUDIO,
    '/messages/*/content/*/file/**': DOCUMENT,
    '/messages/*/content/*/file/file_data': FILE,
    '/messages/*/content/*/file/file_id': HANDLE,
    '/messages/*/audio/id': HANDLE,
    '/messages/*/refusal': BY_MESSAGE,
    '/messages/*/name': BY_MESSAGE,
    '/messages/*/tool_call_id': PARAMETER,
    '/tools/**': TOOL_DEFINITION,
    '/functions/**': TOOL_DEFINITION,
    '/response_format/**': TOOL_DEFINITION,
    '/prediction/**': DOCUMENT,
    '/tool_choice/**': PARAMETER,
    '/stop/**': PARAMETER,
    '/logit_bias/**': PARAMETER,
    '/stream_options/**': PARAMETER,
    ...settings('model', 'seed', 'n', 'stream', 'temperature', 'top_p', 'max_tokens', 'max_completion_tokens', 'top_logprobs', 'presence_penalty',
      'frequency_penalty', 'service_tier', 'reasoning_effort', 'verbosity', 'function_call'),
  },
  MESSAGE_ROLES,
);

const answerMessage = (message: string): PathTable => ({
  ...calls(message),
  [`${message}/content`]: ANSWER,
  [`${message}/content/*/text`]: ANSWER,
  [`${message}/refusal`]: ANSWER,
  [`${message}/audio/transcript`]: ANSWER,
  [`${message}/audio/id`]: HANDLE,
  [`${message}/audio/data`]: { ...ANSWER, payload: 'audio' },
});

/** Of a whole answer and of the events of a streamed one. */
export const CHAT_ANSWER_PATHS = compilePaths(
  {
    ...answerMessage('/choices/*/message'),
    ...answerMessage('/choices/*/delta'),
    '/choices/*/index': PARAMETER,
    '/choices/*/finish_reason': PARAMETER,
    '/usage/**': PARAMETER,
    ...settings('id', 'object', 'created', 'model', 'system_fingerprint', 'service_tier', 'obfuscation'),
  },
  {},
);

/**
 * Words of the dialect itself. A key or value that is exactly one of them holds nothing to find, so that it is not looked at:
 * a streamed answer repeats them in each of its events.
 */
export const VOCABULARY: ReadonlySet<string> = new Set(
  `role content messages model stream system developer user assistant tool function type text name id object created choices index
   message delta finish_reason stop length tool_calls content_filter logprobs refusal annotations usage prompt_tokens completion_tokens
   total_tokens prompt_tokens_details completion_tokens_details cached_tokens audio_tokens reasoning_tokens accepted_prediction_tokens
   rejected_prediction_tokens system_fingerprint service_tier default chat.completion chat.completion.chunk arguments tools parameters
   description properties required string number boolean array integer temperature top_p max_tokens max_completion_tokens
   stream_options include_usage token bytes top_logprobs logprob reasoning reasoning_content obfuscation
   text_completion prompt input embedding embeddings list data response response.output_text.delta response.function_call_arguments.delta
   sequence_number item_id output_index content_index summary_index delta output_text output item status completed in_progress function_call
   call_id annotations summary input_text input_tokens output_tokens input_tokens_details output_tokens_details instructions auto`.split(/\s+/),
);

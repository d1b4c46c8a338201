/** The places of OpenAI's Chat Completions bodies (openai 7.57, resources/chat/completions). */
import { compilePaths, type MessageRoles, type PathTable, type Place } from './path-table.ts';

const BY_MESSAGE: Place = { role: 'unknown', trust: 'untrusted', byMessage: true };
const PARAMETER: Place = { role: 'parameter', trust: 'untrusted', numberIsSetting: true };
const TOOL_DEFINITION: Place = { role: 'tool_definition', trust: 'operator' };
const DOCUMENT: Place = { role: 'document', trust: 'document' };
const IMAGE: Place = { ...DOCUMENT, payload: 'image' };
const AUDIO: Place = { ...DOCUMENT, payload: 'audio' };
const FILE: Place = { ...DOCUMENT, payload: 'file' };
const REASONING: Place = { role: 'reasoning', trust: 'model' };
const ARGUMENTS: Place = { role: 'tool_arguments', trust: 'model', holdsJson: true };
const ANSWER: Place = { role: 'assistant', trust: 'model' };

const MESSAGE_ROLES: MessageRoles = {
  system: { role: 'system', trust: 'operator' },
  developer: { role: 'system', trust: 'operator' },
  user: { role: 'user', trust: 'user' },
  assistant: { role: 'assistant', trust: 'model' },
  tool: { role: 'tool_result', trust: 'tool' },
  function: { role: 'tool_result', trust: 'tool' },
};

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
  [`${message}/tool_calls/*/custom/input`]: { role: 'tool_arguments', trust: 'model' },
  [`${message}/function_call/name`]: PARAMETER,
  [`${message}/function_call/arguments`]: ARGUMENTS,
});

const settings = (...names: string[]): PathTable => Object.fromEntries(names.map((name) => [`/${name}`, PARAMETER]));

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
   stream_options include_usage token bytes top_logprobs logprob reasoning reasoning_content obfuscation`.split(/\s+/),
);

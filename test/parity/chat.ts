import { ABSENT_IN_ANSWERS, allAbsent, base64Of, NO_CHOICES, NO_EVENTS, NO_SIGNED } from './absent.ts';
import type { StreamEvent, Wire } from './positions.ts';

const user = (content: unknown) => ({ role: 'user', content });
const HELLO = user('Hello');
const body = (members: object) => ({ model: 'm1', messages: [HELLO], ...members });
const messages = (...list: object[]) => body({ messages: list });
const call = (text: string) => ({ id: 'call_1', type: 'function', function: { name: 'send', arguments: JSON.stringify({ to: text }) } });
const parts = (...content: object[]) => messages(user(content));

const answerOf = (...contents: object[]) => ({
  id: 'chatcmpl-1', object: 'chat.completion', created: 1_732_386_000, model: 'm1',
  choices: contents.map((message, index) => ({ index, message: { role: 'assistant', content: null, ...message }, logprobs: null, finish_reason: 'stop' })),
  usage: { prompt_tokens: 9, completion_tokens: 7, total_tokens: 16 },
});
const answer = (message: object) => answerOf({ content: 'Done.', ...message });

const chunk = (members: object): StreamEvent => ({ data: { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_732_386_000, model: 'm1', ...members } });
const delta = (members: object, index = 0, finish: string | null = null) => chunk({ choices: [{ index, delta: members, logprobs: null, finish_reason: finish }] });
const END: readonly StreamEvent[] = [delta({}, 0, 'stop'), { data: '[DONE]' }];
/** A text in two pieces, each as a delta. */
const halves = (text: string, members: (piece: string) => object, index = 0): readonly StreamEvent[] => {
  const middle = Math.floor(text.length / 2);
  return [delta({ role: 'assistant', content: '' }), delta(members(text.slice(0, middle)), index), delta(members(text.slice(middle)), index), ...END];
};
const once = (members: object) => [delta({ role: 'assistant', content: '' }), delta(members), ...END];

const ABSENT = {
  ...ABSENT_IN_ANSWERS,
  ...allAbsent('an answer of this wire holds no tool result and no file', 'toolResult', 'fileName', 'document'),
  ...NO_SIGNED,
  stored: 'an answer of this wire names no stored object',
};

export const CHAT: Wire = {
  title: 'OpenAI chat completions',
  path: '/v1/chat/completions',
  upstream: 'openai',
  requests: {
    system: (text) => messages({ role: 'system', content: text }, HELLO),
    earlier: (text) => messages(user(text), { role: 'assistant', content: 'Yes?' }, HELLO),
    last: (text) => messages(user(text)),
    assistant: (text) => messages(HELLO, { role: 'assistant', content: text }, HELLO),
    toolDefinition: (text) => body({ tools: [{ type: 'function', function: { name: 'send', description: text, parameters: { type: 'object' } } }] }),
    toolArguments: (text) => messages(HELLO, { role: 'assistant', content: null, tool_calls: [call(text)] }, { role: 'tool', tool_call_id: 'call_1', content: 'sent' }),
    toolResult: (text) => messages(HELLO, { role: 'assistant', content: null, tool_calls: [call('Bo')] }, { role: 'tool', tool_call_id: 'call_1', content: text }),
    structured: (text) => body({ response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object', description: text } } } }),
    reasoning: (text) => messages(HELLO, { role: 'assistant', content: 'Yes?', reasoning_content: text }, HELLO),
    ...NO_SIGNED,
    choices: NO_CHOICES,
    terminal: NO_EVENTS,
    fileName: (text) => parts({ type: 'file', file: { filename: text, file_data: 'data:text/plain,hello' } }),
    url: (text) => parts({ type: 'image_url', image_url: { url: `https://example.com/a?of=${text}` } }),
    document: (text) => body({ prediction: { type: 'content', content: text } }),
    payload: (text) => parts({ type: 'image_url', image_url: { url: `data:image/png;base64,${base64Of(text)}` } }),
    stored: (text) => parts({ type: 'file', file: { file_id: text } }),
    parameter: (text) => body({ stop: [text] }),
    unknown: (text) => body({ x_unknown: { deep: [text] } }),
    key: (text) => body({ x_unknown: { [text]: 1 } }),
  },
  answers: {
    ...ABSENT,
    last: (text) => answer({ content: text }),
    toolArguments: (text) => answer({ tool_calls: [call(text)] }),
    structured: (text) => answer({ content: JSON.stringify({ to: text }) }),
    reasoning: (text) => answer({ reasoning_content: text }),
    choices: (text) => answerOf({ content: 'Done.' }, { content: text }),
    terminal: NO_EVENTS,
    url: (text) => answer({ annotations: [{ type: 'url_citation', url_citation: { url: `https://example.com/a?of=${text}`, title: 'A' } }] }),
    payload: (text) => answer({ audio: { id: 'audio_1', data: base64Of(text), transcript: 'Hello', expires_at: 1_732_386_000 } }),
    parameter: (text) => ({ ...answer({}), system_fingerprint: text }),
    unknown: (text) => ({ ...answer({}), x_unknown: { deep: [text] } }),
    key: (text) => ({ ...answer({}), x_unknown: { [text]: 1 } }),
  },
  streams: {
    ...ABSENT,
    last: (text) => halves(text, (content) => ({ content })),
    toolArguments: (text) => halves(JSON.stringify({ to: text }), (piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
    structured: (text) => halves(JSON.stringify({ to: text }), (content) => ({ content })),
    reasoning: (text) => halves(text, (piece) => ({ reasoning_content: piece })),
    choices: (text) => halves(text, (content) => ({ content }), 1),
    terminal: 'the last event of this wire repeats nothing',
    url: (text) => once({ annotations: [{ type: 'url_citation', url_citation: { url: `https://example.com/a?of=${text}`, title: 'A' } }] }),
    payload: (text) => once({ audio: { id: 'audio_1', data: base64Of(text) } }),
    parameter: (text) => [chunk({ choices: [], system_fingerprint: text }), ...END],
    unknown: (text) => [chunk({ choices: [], x_unknown: { deep: [text] } }), ...END],
    key: (text) => [chunk({ choices: [], x_unknown: { [text]: 1 } }), ...END],
  },
  plain: { request: (text) => messages(user(text)), answer: answer({}), stream: once({ content: 'Done.' }) },
};

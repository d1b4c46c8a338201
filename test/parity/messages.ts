import { ABSENT_IN_ANSWERS, allAbsent, base64Of, NO_EVENTS } from './absent.ts';
import type { Position, RequestCell, StreamEvent, Wire } from './positions.ts';

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (...content: object[]) => ({ role: 'assistant', content });
const HELLO = user('Hello');
const messages = (...list: object[]) => ({ model: 'm1', messages: list });
const body = (members: object) => ({ ...messages(HELLO), ...members });
const block = (content: object) => messages(user([content]));
const use = (text: string) => ({ type: 'tool_use', id: 'toolu_1', name: 'send', input: { to: { name: text } } });
const result = (content: unknown) => ({ type: 'tool_result', tool_use_id: 'toolu_1', content });

const answer = (...content: object[]) => ({
  id: 'msg_1', type: 'message', role: 'assistant', model: 'm1', content, stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 9, output_tokens: 7 },
});
const text = (words: string) => ({ type: 'text', text: words, citations: null });
const cited = (members: object) => answer({ ...text('Done.'), citations: [{ type: 'char_location', document_index: 0, start_char_index: 0, end_char_index: 3, cited_text: 'abc', document_title: 'A', ...members }] });

const event = (data: { type: string }): StreamEvent => ({ name: data.type, data });
const streamed = (...events: { type: string }[]): readonly StreamEvent[] => [
  event({ type: 'message_start', message: { ...answer(), stop_reason: null } } as { type: string }), ...events.map(event),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 7 } } as { type: string }), event({ type: 'message_stop' }),
];
const delta = (members: object, index = 0) => ({ type: 'content_block_delta', index, delta: members });
const blockOf = (content_block: object, deltas: readonly object[], index = 0) =>
  [{ type: 'content_block_start', index, content_block }, ...deltas.map((members) => delta(members, index)), { type: 'content_block_stop', index }];
const halves = (words: string, members: (piece: string) => object): object[] => {
  const middle = Math.floor(words.length / 2);
  return [members(words.slice(0, middle)), members(words.slice(middle))];
};
const textBlock = (words: string, index = 0) => blockOf(text(''), halves(words, (piece) => ({ type: 'text_delta', text: piece })), index);
const thinkingBlock = (words: string, signature: string) =>
  blockOf({ type: 'thinking', thinking: '', signature: '' }, [...halves(words, (piece) => ({ type: 'thinking_delta', thinking: piece })), { type: 'signature_delta', signature }]);
const citation = (members: object) => streamed(...blockOf(text(''), [{ type: 'text_delta', text: 'Done.' }, { type: 'citations_delta', citation: { type: 'char_location', document_index: 0, start_char_index: 0, end_char_index: 3, cited_text: 'abc', document_title: 'A', ...members } }]));
const search = (members: object) => ({ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ type: 'web_search_result', url: 'https://example.com', title: 'A', encrypted_content: 'AAAA', page_age: null, ...members }] });

const REQUESTS: Record<Position, RequestCell> = {
  system: (words) => body({ system: [{ type: 'text', text: words }] }),
  earlier: (words) => messages(user(words), assistant(text('Yes?')), HELLO),
  last: (words) => messages(user([{ type: 'text', text: words }])),
  assistant: (words) => messages(HELLO, assistant(text(words)), HELLO),
  toolDefinition: (words) => body({ tools: [{ name: 'send', description: words, input_schema: { type: 'object' } }] }),
  toolArguments: (words) => messages(HELLO, assistant(use(words)), user([result('sent')])),
  toolResult: (words) => messages(HELLO, assistant(use('Bo')), user([result([{ type: 'text', text: words }])])),
  structured: (words) => body({ output_config: { format: { type: 'json_schema', schema: { type: 'object', description: words } } } }),
  reasoning: 'all reasoning of this wire is signed',
  signed: (words) => messages(HELLO, assistant({ type: 'thinking', thinking: words, signature: 'c2lnbmVk' }, text('Yes?')), HELLO),
  encrypted: (words) => messages(HELLO, assistant({ type: 'redacted_thinking', data: base64Of(words) }, text('Yes?')), HELLO),
  choices: (words) => messages(user([{ type: 'text', text: 'Hello' }, { type: 'text', text: words }])),
  terminal: NO_EVENTS,
  fileName: (words) => block({ type: 'document', title: words, source: { type: 'text', media_type: 'text/plain', data: 'Hello' } }),
  url: (words) => block({ type: 'image', source: { type: 'url', url: `https://example.com/a?of=${words}` } }),
  document: (words) => block({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: words } }),
  payload: (words) => block({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64Of(words) } }),
  stored: (words) => block({ type: 'document', source: { type: 'file', file_id: words } }),
  parameter: (words) => body({ metadata: { user_id: words } }),
  unknown: (words) => body({ x_unknown: { deep: [words] } }),
  key: (words) => messages(HELLO, assistant({ ...use(''), input: { [words]: 1 } }), user([result('sent')])),
};

const ABSENT = {
  ...ABSENT_IN_ANSWERS,
  reasoning: 'all reasoning of this wire is signed',
  payload: 'an answer holds no image and no file',
};

export const MESSAGES: Wire = {
  title: 'Anthropic messages',
  path: '/v1/messages',
  upstream: 'anthropic',
  requests: REQUESTS,
  answers: {
    ...ABSENT,
    last: (words) => answer(text(words)),
    toolArguments: (words) => answer(use(words)),
    toolResult: (words) => answer({ type: 'code_execution_tool_result', tool_use_id: 'srvtoolu_1', content: { type: 'code_execution_result', stdout: words, stderr: '', return_code: 0, content: [] } }),
    structured: (words) => answer(text(JSON.stringify({ to: words }))),
    signed: (words) => answer({ type: 'thinking', thinking: words, signature: 'c2lnbmVk' }, text('Done.')),
    encrypted: (words) => answer({ type: 'redacted_thinking', data: base64Of(words) }, text('Done.')),
    choices: (words) => answer(text('Done.'), text(words)),
    terminal: NO_EVENTS,
    fileName: (words) => cited({ document_title: words }),
    url: (words) => answer(search({ url: `https://example.com/a?of=${words}` })),
    document: (words) => cited({ cited_text: words }),
    stored: (words) => ({ ...answer(text('Done.')), id: words }),
    parameter: (words) => ({ ...answer(text('Done.')), stop_reason: 'stop_sequence', stop_sequence: words }),
    unknown: (words) => ({ ...answer(text('Done.')), x_unknown: { deep: [words] } }),
    key: (words) => answer({ ...use(''), input: { [words]: 1 } }),
  },
  streams: {
    ...ABSENT,
    last: (words) => streamed(...textBlock(words)),
    toolArguments: (words) => streamed(...blockOf({ ...use(''), input: {} }, halves(JSON.stringify({ to: words }), (partial_json) => ({ type: 'input_json_delta', partial_json })))),
    toolResult: (words) => streamed(...blockOf({ type: 'code_execution_tool_result', tool_use_id: 'srvtoolu_1', content: { type: 'code_execution_result', stdout: words, stderr: '', return_code: 0, content: [] } }, [])),
    structured: (words) => streamed(...textBlock(JSON.stringify({ to: words }))),
    signed: (words) => streamed(...thinkingBlock(words, 'c2lnbmVk')),
    encrypted: (words) => streamed(...blockOf({ type: 'redacted_thinking', data: base64Of(words) }, [])),
    choices: (words) => streamed(...textBlock('Done.'), ...textBlock(words, 1)),
    terminal: 'the last event of this wire repeats nothing',
    fileName: (words) => citation({ document_title: words }),
    url: (words) => streamed(...blockOf(search({ url: `https://example.com/a?of=${words}` }), [])),
    document: (words) => citation({ cited_text: words }),
    stored: (words) => streamed({ type: 'message_delta', delta: { container: { id: words, expires_at: '2026-11-24T00:00:00Z' } }, usage: { output_tokens: 7 } } as { type: string }),
    parameter: (words) => streamed({ type: 'message_delta', delta: { stop_reason: 'stop_sequence', stop_sequence: words }, usage: { output_tokens: 7 } } as { type: string }),
    unknown: (words) => streamed({ type: 'x_unknown', deep: [words] } as { type: string }),
    key: (words) => streamed({ type: 'x_unknown', [words]: 1 } as { type: string }),
  },
  plain: { request: (words) => ({ ...messages(user(words)), max_tokens: 100 }), answer: answer(text('Done.')), stream: streamed(...textBlock('Done.')) },
};

const NO_TEXT = 'the answer is a number';

export const COUNT_TOKENS: Wire = {
  title: 'Anthropic count_tokens',
  path: '/v1/messages/count_tokens',
  upstream: 'anthropic',
  requests: REQUESTS,
  answers: {
    ...allAbsent(NO_TEXT, 'system', 'earlier', 'last', 'assistant', 'toolDefinition', 'toolArguments', 'toolResult', 'structured', 'reasoning', 'signed', 'encrypted', 'choices', 'fileName', 'url', 'document', 'payload', 'stored', 'parameter'),
    terminal: NO_EVENTS,
    unknown: (words) => ({ input_tokens: 9, x_unknown: { deep: [words] } }),
    key: (words) => ({ input_tokens: 9, x_unknown: { [words]: 1 } }),
  },
  streams: 'this wire has no streams',
  plain: { request: (words) => messages(user(words)), answer: { input_tokens: 9 }, stream: [] },
};

import { ABSENT_IN_ANSWERS, allAbsent, base64Of, NO_CHOICES, NO_EVENTS, NO_SIGNED } from './absent.ts';
import type { StreamEvent, Wire } from './positions.ts';

const user = (content: unknown) => ({ type: 'message', role: 'user', content });
const body = (members: object) => ({ model: 'm1', input: 'Hello', ...members });
const input = (...items: object[]) => ({ model: 'm1', input: items });
const part = (content: object) => input(user([content]));
const call = (text: string) => ({ type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'send', arguments: JSON.stringify({ to: text }) });

/** Ids in a request are handles that the gateway gave out; without one an item is taken by its content. */
const unnamed = ({ id: _id, ...item }: { id: string } & object): object => item;

const message = (text: string, annotations: object[] = []) =>
  ({ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations }] });
const reasoning = (text: string) => ({ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text }], content: [{ type: 'reasoning_text', text: 'Hm.' }] });
const encrypted = (text: string) => ({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: text });
const answer = (...output: object[]) => ({
  id: 'resp_1', object: 'response', created_at: 1_732_386_000, status: 'completed', model: 'm1', output, usage: { input_tokens: 9, output_tokens: 7, total_tokens: 16 },
});
const citation = (members: object) => ({ type: 'url_citation', start_index: 0, end_index: 4, url: 'https://example.com', title: 'A', ...members });
const file = (filename: string) => ({ type: 'file_citation', file_id: 'file-1', filename, index: 0 });

const event = (sequence: number, data: { type: string }): StreamEvent => ({ name: data.type, data: { ...data, sequence_number: sequence } });
/** The events of an answer; its output is in the last one again. */
const streamed = (events: { type: string }[], ...output: object[]): readonly StreamEvent[] => {
  const begun = { ...answer(), status: 'in_progress', usage: null };
  const list = [{ type: 'response.created', response: begun }, ...events, { type: 'response.completed', response: answer(...output) }];
  return list.map((data, index) => event(index, data));
};
/** A text in two pieces, with an end of its own that says it whole only where `done` is given. */
const halves = (type: string, text: string, members: object = {}): { type: string }[] => {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].map((delta) => ({ type, item_id: 'msg_1', output_index: 0, content_index: 0, delta, ...members }));
};
const added = (item: object) => ({ type: 'response.output_item.added', output_index: 0, item });
const done = (item: object) => ({ type: 'response.output_item.done', output_index: 0, item });
const textOf = (text: string, members: object = {}) => halves('response.output_text.delta', text, members);
const annotated = (annotation: object) => streamed(
  [added({ ...message(''), content: [] }), ...textOf('Done.'), { type: 'response.output_text.annotation.added', item_id: 'msg_1', output_index: 0, content_index: 0, annotation_index: 0, annotation } as { type: string }],
  message('Done.'),
);

const ABSENT = { ...ABSENT_IN_ANSWERS, ...allAbsent('an answer of this wire quotes no document', 'document'), signed: NO_SIGNED.signed };

export const RESPONSES: Wire = {
  title: 'OpenAI responses',
  path: '/v1/responses',
  upstream: 'openai',
  requests: {
    system: (text) => body({ instructions: text }),
    earlier: (text) => input(user(text), { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes?' }] }, user('Go on')),
    last: (text) => input(user([{ type: 'input_text', text }])),
    assistant: (text) => input(user('Hello'), { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }, user('Go on')),
    toolDefinition: (text) => body({ tools: [{ type: 'function', name: 'send', description: text, parameters: { type: 'object' }, strict: false }] }),
    toolArguments: (text) => input(user('Hello'), unnamed(call(text)), { type: 'function_call_output', call_id: 'call_1', output: 'sent' }),
    toolResult: (text) => input(user('Hello'), unnamed(call('Bo')), { type: 'function_call_output', call_id: 'call_1', output: text }),
    structured: (text) => body({ text: { format: { type: 'json_schema', name: 'a', schema: { type: 'object', description: text } } } }),
    reasoning: (text) => input(user('Hello'), unnamed(reasoning(text)), user('Go on')),
    signed: NO_SIGNED.signed,
    encrypted: (text) => input(user('Hello'), unnamed(encrypted(base64Of(text))), user('Go on')),
    choices: NO_CHOICES,
    terminal: NO_EVENTS,
    fileName: (text) => part({ type: 'input_file', filename: text, file_url: 'https://example.com/a.pdf' }),
    url: (text) => part({ type: 'input_image', detail: 'auto', image_url: `https://example.com/a?of=${text}` }),
    document: (text) => part({ type: 'input_file', filename: 'a.txt', file_data: text }),
    payload: (text) => part({ type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${base64Of(text)}` }),
    stored: (text) => body({ previous_response_id: text }),
    parameter: (text) => body({ metadata: { note: text } }),
    unknown: (text) => body({ x_unknown: { deep: [text] } }),
    key: (text) => body({ x_unknown: { [text]: 1 } }),
  },
  answers: {
    ...ABSENT,
    last: (text) => answer(message(text)),
    toolArguments: (text) => answer(call(text)),
    toolResult: (text) => answer({ type: 'code_interpreter_call', id: 'ci_1', status: 'completed', code: 'print()', container_id: 'cntr_1', outputs: [{ type: 'logs', logs: text }] }),
    structured: (text) => answer(message(JSON.stringify({ to: text }))),
    reasoning: (text) => answer(reasoning(text), message('Done.')),
    encrypted: (text) => answer(encrypted(base64Of(text)), message('Done.')),
    choices: (text) => answer(message('Done.'), message(text)),
    terminal: NO_EVENTS,
    fileName: (text) => answer(message('Done.', [file(text)])),
    url: (text) => answer(message('Done.', [citation({ url: `https://example.com/a?of=${text}` })])),
    payload: (text) => answer({ type: 'image_generation_call', id: 'ig_1', status: 'completed', result: base64Of(text) }),
    stored: (text) => ({ ...answer(message('Done.')), id: text }),
    parameter: (text) => ({ ...answer(message('Done.')), metadata: { note: text } }),
    unknown: (text) => ({ ...answer(message('Done.')), x_unknown: { deep: [text] } }),
    key: (text) => ({ ...answer(message('Done.')), x_unknown: { [text]: 1 } }),
  },
  streams: {
    ...ABSENT,
    last: (text) => streamed(textOf(text), message('Done.')),
    toolArguments: (text) => streamed([added({ ...call(''), arguments: '' }), ...halves('response.function_call_arguments.delta', JSON.stringify({ to: text }), { item_id: 'fc_1' })], message('Done.')),
    toolResult: (text) => streamed([done({ type: 'code_interpreter_call', id: 'ci_1', status: 'completed', code: 'print()', container_id: 'cntr_1', outputs: [{ type: 'logs', logs: text }] })], message('Done.')),
    structured: (text) => streamed(textOf(JSON.stringify({ to: text })), message('Done.')),
    reasoning: (text) => streamed(halves('response.reasoning_summary_text.delta', text, { item_id: 'rs_1', summary_index: 0 }), message('Done.')),
    encrypted: (text) => streamed([done(encrypted(base64Of(text)))], message('Done.')),
    choices: (text) => streamed([...textOf('Done.'), ...textOf(text, { item_id: 'msg_2', output_index: 1 })], message('Done.')),
    terminal: (text) => streamed(textOf('Done.'), message(text)),
    fileName: (text) => annotated(file(text)),
    url: (text) => annotated(citation({ url: `https://example.com/a?of=${text}` })),
    payload: (text) => streamed([{ type: 'response.image_generation_call.partial_image', item_id: 'ig_1', output_index: 0, partial_image_index: 0, partial_image_b64: base64Of(text) } as { type: string }], message('Done.')),
    stored: (text) => [...streamed([], message('Done.')).slice(0, -1), event(9, { type: 'response.completed', response: { ...answer(message('Done.')), id: text } } as { type: string })],
    parameter: (text) => [...streamed([], message('Done.')).slice(0, -1), event(9, { type: 'response.completed', response: { ...answer(message('Done.')), metadata: { note: text } } } as { type: string })],
    unknown: (text) => streamed([{ type: 'response.x_unknown', deep: [text] } as { type: string }], message('Done.')),
    key: (text) => streamed([{ type: 'response.x_unknown', [text]: 1 } as { type: string }], message('Done.')),
  },
  plain: { request: (text) => input(user(text)), answer: answer(message('Done.')), stream: streamed(textOf('Done.'), message('Done.')) },
};

/** The wires of one text: completions, embeddings, moderations. */
import { ABSENT_IN_ANSWERS, allAbsent, base64Of, NO_EVENTS, NO_SIGNED, NO_STORED } from './absent.ts';
import type { StreamEvent, Wire } from './positions.ts';

const NO_TURNS = 'this wire has no turns and no tools';
const NO_TURNS_AT_ALL = allAbsent(NO_TURNS, 'system', 'earlier', 'assistant', 'toolDefinition', 'toolArguments', 'toolResult', 'structured', 'reasoning');
const NO_FILES = { ...allAbsent('this wire takes no file', 'fileName', 'url', 'payload'), stored: NO_STORED };

const answer = (...texts: string[]) => ({
  id: 'cmpl-1', object: 'text_completion', created: 1_732_386_000, model: 'm1',
  choices: texts.map((text, index) => ({ text, index, logprobs: null, finish_reason: 'stop' })), usage: { prompt_tokens: 9, completion_tokens: 7, total_tokens: 16 },
});
const chunk = (members: object): StreamEvent => ({ data: { id: 'cmpl-1', object: 'text_completion', created: 1_732_386_000, model: 'm1', ...members } });
const piece = (text: string, index = 0, finish: string | null = null) => chunk({ choices: [{ text, index, logprobs: null, finish_reason: finish }] });
const DONE: StreamEvent = { data: '[DONE]' };
const halves = (text: string, index = 0): readonly StreamEvent[] => {
  const middle = Math.floor(text.length / 2);
  return [piece(text.slice(0, middle), index), piece(text.slice(middle), index), piece('', index, 'stop'), DONE];
};

const completion = (members: object) => ({ model: 'm1', prompt: 'Hello', ...members });
const ABSENT_COMPLETION = { ...ABSENT_IN_ANSWERS, ...NO_TURNS_AT_ALL, ...NO_FILES, ...NO_SIGNED, document: 'an answer quotes no document' };

export const COMPLETIONS: Wire = {
  title: 'OpenAI completions',
  path: '/v1/completions',
  upstream: 'openai',
  requests: {
    ...NO_TURNS_AT_ALL,
    ...NO_FILES,
    last: (text) => completion({ prompt: text }),
    ...NO_SIGNED,
    choices: (text) => completion({ prompt: ['Hello', text] }),
    terminal: NO_EVENTS,
    document: (text) => completion({ suffix: text }),
    parameter: (text) => completion({ stop: [text] }),
    unknown: (text) => completion({ x_unknown: { deep: [text] } }),
    key: (text) => completion({ x_unknown: { [text]: 1 } }),
  },
  answers: {
    ...ABSENT_COMPLETION,
    last: (text) => answer(text),
    structured: (text) => answer(JSON.stringify({ to: text })),
    choices: (text) => answer('Done.', text),
    terminal: NO_EVENTS,
    parameter: (text) => ({ ...answer('Done.'), system_fingerprint: text }),
    unknown: (text) => ({ ...answer('Done.'), x_unknown: { deep: [text] } }),
    key: (text) => ({ ...answer('Done.'), x_unknown: { [text]: 1 } }),
  },
  streams: {
    ...ABSENT_COMPLETION,
    last: (text) => halves(text),
    structured: (text) => halves(JSON.stringify({ to: text })),
    choices: (text) => halves(text, 1),
    terminal: 'the last event of this wire repeats nothing',
    parameter: (text) => [chunk({ choices: [], system_fingerprint: text }), ...halves('Done.')],
    unknown: (text) => [chunk({ choices: [], x_unknown: { deep: [text] } }), ...halves('Done.')],
    key: (text) => [chunk({ choices: [], x_unknown: { [text]: 1 } }), ...halves('Done.')],
  },
  plain: { request: (text) => completion({ prompt: text }), answer: answer('Done.'), stream: halves('Done.') },
};

const only = (members: object) => ({ model: 'm1', input: 'Hello', ...members });

/** Requests of a wire whose input is one text or a list of them. */
const inputs = {
  ...NO_TURNS_AT_ALL,
  last: (text: string) => only({ input: text }),
  ...NO_SIGNED,
  choices: (text: string) => only({ input: ['Hello', text] }),
  terminal: NO_EVENTS,
  unknown: (text: string) => only({ x_unknown: { deep: [text] } }),
  key: (text: string) => only({ x_unknown: { [text]: 1 } }),
};

const NUMBERS = allAbsent('the answer is numbers', 'last', 'structured', 'choices', 'parameter', 'document');

const embeddings = { object: 'list', model: 'm1', data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }], usage: { prompt_tokens: 9, total_tokens: 9 } };

export const EMBEDDINGS: Wire = {
  title: 'OpenAI embeddings',
  path: '/v1/embeddings',
  upstream: 'openai',
  requests: { ...inputs, ...NO_FILES, document: 'the input is the document', parameter: (text) => only({ user: text }) },
  answers: {
    ...NO_TURNS_AT_ALL,
    ...NO_FILES,
    ...NUMBERS,
    ...NO_SIGNED,
    terminal: NO_EVENTS,
    unknown: (text) => ({ ...embeddings, x_unknown: { deep: [text] } }),
    key: (text) => ({ ...embeddings, x_unknown: { [text]: 1 } }),
  },
  streams: 'this wire has no streams',
  plain: { request: (text) => only({ input: text }), answer: embeddings, stream: [] },
};

const moderation = { id: 'modr-1', model: 'm1', results: [{ flagged: false, categories: { hate: false }, category_scores: { hate: 0.01 } }] };

export const MODERATIONS: Wire = {
  title: 'OpenAI moderations',
  path: '/v1/moderations',
  upstream: 'openai',
  requests: {
    ...inputs,
    fileName: 'this wire takes no file name',
    url: (text) => only({ input: [{ type: 'image_url', image_url: { url: `https://example.com/a?of=${text}` } }] }),
    document: 'the input is the document',
    payload: (text) => only({ input: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${base64Of(text)}` } }] }),
    stored: NO_STORED,
    parameter: 'this wire has no setting that is text',
  },
  answers: {
    ...NO_TURNS_AT_ALL,
    ...NO_FILES,
    ...NUMBERS,
    ...NO_SIGNED,
    terminal: NO_EVENTS,
    unknown: (text) => ({ ...moderation, x_unknown: { deep: [text] } }),
    key: (text) => ({ ...moderation, x_unknown: { [text]: 1 } }),
  },
  streams: 'this wire has no streams',
  plain: { request: (text) => only({ input: text }), answer: moderation, stream: [] },
};

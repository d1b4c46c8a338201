/** The built-in upstream on OpenAI's wires for plain texts: completions, embeddings, moderations. */
import { createHash } from 'node:crypto';
import { writeSse } from '../streaming/sse.ts';
import { countTokens, tokensOf, type SandboxCall, type SandboxWire } from './sandbox-wire.ts';

/** One text, or a list of them. */
const listOf = (input: unknown): string[] => (Array.isArray(input) ? input : [input]).filter((text) => typeof text === 'string');

const readMember = (name: 'prompt' | 'input'): SandboxWire['read'] => (body) => {
  const texts = listOf(body[name]);
  return { texts, lastUserText: texts.at(-1) ?? '' };
};

function completion({ id, created, body, inputTokens, text }: SandboxCall, members: object) {
  const output = countTokens(text);
  return {
    id: `cmpl-${id}`, object: 'text_completion', created, model: body['model'], ...members,
    usage: { prompt_tokens: inputTokens, completion_tokens: output, total_tokens: inputTokens + output },
  };
}

const choice = (text: string, finish_reason: string | null) => ({ choices: [{ index: 0, text, logprobs: null, finish_reason }] });

export const SANDBOX_COMPLETIONS: SandboxWire = {
  read: readMember('prompt'),
  whole: (call) => completion(call, choice(call.text, 'stop')),
  stream: (call) => [
    ...tokensOf(call.text).map((text) => completion(call, choice(text, null))),
    completion(call, choice('', 'stop')),
  ].map((event) => writeSse('', JSON.stringify(event))).concat(writeSse('', '[DONE]')),
};

const DIMENSIONS = 8;

/** Numbers that are the same for the same text, and say nothing about it. */
function vectorOf(text: string): Float32Array {
  const digest = createHash('sha256').update(text).digest();
  return Float32Array.from({ length: DIMENSIONS }, (_, index) => digest.readInt32BE(4 * index) / 2 ** 31);
}

export const SANDBOX_EMBEDDINGS: SandboxWire = {
  read: readMember('input'),
  whole: ({ body, inputTokens }) => ({
    object: 'list', model: body['model'],
    data: listOf(body['input']).map((text, index) => {
      const vector = vectorOf(text);
      return { object: 'embedding', index, embedding: body['encoding_format'] === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector] };
    }),
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  }),
};

const CATEGORIES = ['harassment', 'hate', 'illicit', 'self-harm', 'sexual', 'violence'] as const;
const forAll = (value: unknown) => Object.fromEntries(CATEGORIES.map((category) => [category, value]));

/** It flags nothing: it reads nothing. */
export const SANDBOX_MODERATIONS: SandboxWire = {
  read: readMember('input'),
  whole: ({ id, body }) => ({
    id: `modr-${id}`, model: body['model'],
    results: listOf(body['input']).map(() => ({ flagged: false, categories: forAll(false), category_scores: forAll(0), category_applied_input_types: forAll(['text']) })),
  }),
};

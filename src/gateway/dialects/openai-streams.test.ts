import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInspector, type Match } from '#inspection/index.ts';
import { createMasker, deriveApplicationKey } from '#protection/index.ts';
import { createAnswerStream } from '../streaming/answer-stream.ts';
import { writeSse } from '../streaming/sse.ts';
import type { Operation } from './dialect.ts';
import { COMPLETIONS } from './openai-plain.ts';
import { RESPONSES } from './openai-responses.ts';

const inspector = createInspector({ disabled: [] });
const EMAIL = 'grace.hopper@navy-yard.example.com';
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const masker = createMasker({ key: deriveApplicationKey(Buffer.alloc(32, 7), 'application'), conversation: 'c', occupied: [] });
const PLACEHOLDER = masker.mask(EMAIL, [{ start: 0, end: EMAIL.length, kind: 'email_address' }]);

class Broken extends Error {}

/** Feeds events as bytes in chunks that end anywhere. @returns the data of those that went out, and what was found for the first time */
function through(operation: Operation, events: readonly string[], places: readonly number[], deny = false): { data: Data[]; found: Match[] } {
  const found: Match[] = [];
  const guard = createAnswerStream({
    operation, inspector, restorer: masker.restorer(), limits: { eventChars: 1 << 20, queueChars: 1 << 20 },
    judge: (matches, _place, isRepeat) => {
      if (!isRepeat) found.push(...matches);
      if (deny && matches.some(({ label }) => label === 'secret')) throw new Broken();
      return [];
    },
    mask: () => '', seal: (id) => id, pass: () => {}, coarsen: (data) => data,
  });
  const out = cut(Buffer.from(events.join('')).toString('latin1'), places).map((chunk) => guard.push(Buffer.from(chunk, 'latin1'))).join('');
  expect(guard.isDone).toBe(true);
  expect(guard.usage).toEqual({ inputTokens: 5, outputTokens: 7 });
  const data = out.split('\n\n').flatMap((event) => /^data: (\{[^\n]*)/m.exec(event)?.[1] ?? []);
  return { data: data.map((text) => JSON.parse(text) as Data), found };
}

interface Data {
  readonly type?: string;
  readonly delta?: string;
  readonly text?: string;
  readonly choices?: readonly { readonly text: string; readonly index: number }[];
  readonly response?: { readonly output: readonly { readonly content: readonly { readonly text: string }[] }[] };
}

function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
}

const words = fc.array(fc.oneof(fc.constantFrom(PLACEHOLDER, EMAIL, TOKEN, '[EMAIL_', '. ', 'naïve 😀', '\n'), fc.string({ unit: 'grapheme', maxLength: 6 })), { maxLength: 10 }).map((pieces) => pieces.join(' '));
const places = fc.array(fc.nat(), { maxLength: 20 });
const said = ({ kind, start, end }: Match) => `${kind} ${start} ${end}`;
const restored = (text: string): string => text.replaceAll(PLACEHOLDER, EMAIL);

const named = <Event extends { readonly type: string }>(data: Event): string => writeSse(data.type, JSON.stringify(data));
const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const USAGE = { input_tokens: 5, output_tokens: 7 };

/** A response of one text, said in pieces, then whole, then again with all of the response. */
const responseOf = (kind: 'output_text' | 'reasoning_text', pieces: readonly string[]): string[] => {
  const text = pieces.join('');
  const content = [{ type: kind, text }];
  return [
    named({ type: 'response.created', response: { id: 'resp_1', output: [], usage: null } }),
    ...pieces.map((delta) => named({ type: `response.${kind}.delta`, ...at, delta })),
    named({ type: `response.${kind}.done`, ...at, text }),
    named({ type: 'response.completed', response: { id: 'resp_1', output: [kind === 'output_text' ? { type: 'message', role: 'assistant', content } : { type: 'reasoning', content }], usage: USAGE } }),
  ];
};

const completionOf = (pieces: readonly string[]): string[] => [
  ...pieces.map((text) => writeSse('', JSON.stringify({ id: 'cmpl-1', object: 'text_completion', choices: [{ index: 0, text, finish_reason: null }] }))),
  writeSse('', JSON.stringify({ id: 'cmpl-1', choices: [{ index: 0, text: '', finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: 7 } })), writeSse('', '[DONE]'),
];

describe('a streamed response', () => {
  it.each(['output_text', 'reasoning_text'] as const)('gives the same findings and the same restored %s however it is cut, in pieces and where it is repeated', (kind) => {
    fc.assert(fc.property(words, places, places, (text, events, chunks) => {
      const { data, found } = through(RESPONSES, responseOf(kind, cut(text, events)), chunks);
      expect(data.map(({ delta = '' }) => delta).join('')).toBe(restored(text));
      expect(data.find(({ type }) => type === `response.${kind}.done`)?.text).toBe(restored(text));
      expect(data.at(-1)?.response?.output[0]?.content[0]?.text).toBe(restored(text));
      expect(found.map(said)).toEqual(inspector.inspect(text).map(said));
    }), { numRuns: 200 });
  });

  it('reads the arguments of a call as one text, and restores within their JSON', () => {
    fc.assert(fc.property(words, places, (text, events) => {
      const pieces = cut(JSON.stringify({ to: text }), events);
      const { data } = through(RESPONSES, [
        ...pieces.map((delta) => named({ type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 0, delta })),
        named({ type: 'response.completed', response: { id: 'resp_1', output: [], usage: USAGE } }),
      ], []);
      expect(JSON.parse(data.map(({ delta = '' }) => delta).join(''))).toEqual({ to: restored(text) });
    }), { numRuns: 200 });
  });

  it('lets nothing of a secret out, wherever it is cut', () => {
    fc.assert(fc.property(places, places, (events, chunks) => {
      expect(() => through(RESPONSES, responseOf('output_text', cut(`The token is ${TOKEN}`, events)), chunks, true)).toThrow(Broken);
    }));
  });
});

describe('a streamed completion', () => {
  it('gives the same findings and the same restored text however it is cut into events and chunks', () => {
    fc.assert(fc.property(words, places, places, (text, events, chunks) => {
      const { data, found } = through(COMPLETIONS, completionOf(cut(text, events)), chunks);
      expect(data.flatMap(({ choices = [] }) => choices.map((choice) => choice.text)).join('')).toBe(restored(text));
      expect(found.map(said)).toEqual(inspector.inspect(text).map(said));
    }), { numRuns: 200 });
  });
});

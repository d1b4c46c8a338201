import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInspector, type Match } from '#inspection/index.ts';
import { createMasker, deriveApplicationKey } from '#protection/index.ts';
import { createAnswerStream } from '../streaming/answer-stream.ts';
import { writeSse } from '../streaming/sse.ts';
import { MESSAGES } from './anthropic-messages.ts';
import { ANTHROPIC } from './anthropic.ts';

const inspector = createInspector({ disabled: [] });
const EMAIL = 'grace.hopper@navy-yard.example.com';
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const masker = createMasker({ key: deriveApplicationKey(Buffer.alloc(32, 7), 'application'), conversation: 'c', occupied: [] });
const PLACEHOLDER = masker.mask(EMAIL, [{ start: 0, end: EMAIL.length, kind: 'email_address' }]);

const LIMITS = { eventChars: 1 << 20, queueChars: 1 << 20 };
class Broken extends Error {}

function stream(deny = false) {
  const found: Match[] = [];
  const guard = createAnswerStream({
    operation: MESSAGES, inspector, restorer: masker.restorer(), limits: LIMITS,
    judge: (matches) => {
      found.push(...matches);
      if (deny && matches.some(({ label }) => label === 'secret')) throw new Broken();
      return [];
    },
    mask: () => '', seal: (id) => id, pass: () => {}, coarsen: (data) => data,
  });
  return { guard, found };
}

const event = (type: string, members: object = {}): string => writeSse(type, JSON.stringify({ type, ...members }));

function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
}

type Member = 'text' | 'thinking' | 'partial_json';
const DELTAS = { text: 'text_delta', thinking: 'thinking_delta', partial_json: 'input_json_delta' };
const BEGINNINGS = { text: { type: 'text', text: '' }, thinking: { type: 'thinking', thinking: '', signature: '' }, partial_json: { type: 'tool_use', id: 'toolu_1', name: 'send', input: {} } };

/** An answer of one block, its text in the given pieces. */
const answerOf = (member: Member, pieces: readonly string[]): string[] => [
  event('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], usage: { input_tokens: 5, output_tokens: 1 } } }),
  event('content_block_start', { index: 0, content_block: BEGINNINGS[member] }),
  event('ping'),
  ...pieces.map((piece) => event('content_block_delta', { index: 0, delta: { type: DELTAS[member], [member]: piece } })),
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }),
  event('message_stop'),
];

/** Feeds the events as bytes in chunks that end anywhere. @returns what a client makes of the block */
function through(events: readonly string[], places: readonly number[], member: Member, { guard, found } = stream()): { text: string; names: string[]; found: Match[] } {
  const bytes = Buffer.from(events.join(''));
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const out = [0, ...at].map((from, index) => guard.push(bytes.subarray(from, at[index] ?? bytes.length))).join('');
  expect(guard.isDone).toBe(true);
  expect(guard.usage).toEqual({ inputTokens: 5, outputTokens: 7 });
  const read = out.split('\n\n').filter(Boolean).map((one) => ({
    name: /^event: ([^\n]*)/m.exec(one)?.[1] ?? '',
    data: JSON.parse(/^data: ([^\n]*)/m.exec(one)?.[1] ?? '') as { delta?: Partial<Record<Member, string>> },
  }));
  return { text: read.map(({ data }) => data.delta?.[member] ?? '').join(''), names: read.map(({ name }) => name), found };
}

const words = fc.array(fc.oneof(fc.constantFrom(PLACEHOLDER, EMAIL, TOKEN, '[EMAIL_', '. ', 'naïve 😀', '\n'), fc.string({ unit: 'grapheme', maxLength: 6 })), { maxLength: 10 }).map((pieces) => pieces.join(' '));
const places = fc.array(fc.nat(), { maxLength: 20 });
const said = ({ kind, start, end }: Match) => `${kind} ${start} ${end}`;

describe('a streamed message', () => {
  it('gives the same findings and the same restored text however it is cut into events and chunks', () => {
    fc.assert(fc.property(words, places, places, (text, events, chunks) => {
      const answer = through(answerOf('text', cut(text, events)), chunks, 'text');
      expect(answer.text).toBe(text.replaceAll(PLACEHOLDER, EMAIL));
      expect(answer.found.map(said)).toEqual(inspector.inspect(text).map(said));
      expect(answer.names.filter((name) => name !== 'content_block_delta')).toEqual(['message_start', 'content_block_start', 'ping', 'content_block_stop', 'message_delta', 'message_stop']);
    }), { numRuns: 300 });
  });

  it('reads the arguments of a tool as one text, and restores within their JSON', () => {
    fc.assert(fc.property(words, places, (text, events) => {
      const answer = through(answerOf('partial_json', cut(JSON.stringify({ to: text }), events)), [], 'partial_json');
      expect(JSON.parse(answer.text)).toEqual({ to: text.replaceAll(PLACEHOLDER, EMAIL) });
    }), { numRuns: 300 });
  });

  it('finds what stands in signed thinking and changes nothing of it', () => {
    fc.assert(fc.property(words, places, (text, events) => {
      const answer = through(answerOf('thinking', cut(text, events)), [], 'thinking');
      expect(answer.text).toBe(text);
      expect(answer.found.map(said)).toEqual(inspector.inspect(text).map(said));
    }), { numRuns: 300 });
  });

  it('lets nothing of a secret out, wherever it is cut', () => {
    fc.assert(fc.property(places, places, fc.constantFrom<Member>('text', 'thinking', 'partial_json'), (events, chunks, member) => {
      expect(() => through(answerOf(member, cut(`The token is ${TOKEN}`, events)), chunks, member, stream(true))).toThrow(Broken);
    }));
  });
});

describe('a refusal', () => {
  it.each([
    [400, 'invalid_request_error'], [401, 'authentication_error'], [403, 'permission_error'], [404, 'not_found_error'], [413, 'request_too_large'], [415, 'invalid_request_error'],
    [429, 'rate_limit_error'], [500, 'api_error'], [502, 'api_error'], [503, 'overloaded_error'], [504, 'timeout_error'],
  ])('with status %i is a %s', (status, type) => {
    expect(JSON.parse(ANTHROPIC.errorBody({ status, code: 'some_code', message: 'Words.' }, 'exc_1'))).toEqual({
      type: 'error', error: { type, message: 'Words.', details: { error_code: 'some_code' } }, request_id: 'exc_1',
    });
  });

  it('for a spent budget is one of billing', () => {
    expect(ANTHROPIC.errorBody({ status: 403, code: 'budget_exceeded', message: 'Spent.' }, 'exc_1')).toContain('"billing_error"');
  });

  it('of an upstream is read where it has a message, and its odd words are left out', () => {
    expect(ANTHROPIC.readRefusal('{"type":"error","error":{"type":"a b","message":"No.","details":{"error_code":"x"}}}')).toEqual({ message: 'No.', type: null, param: null, code: 'x' });
    for (const body of ['', 'null', '[]', '{"error":"no"}', '{"error":{"message":1}}']) expect(ANTHROPIC.readRefusal(body)).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInspector, type Match } from '#inspection/index.ts';
import { createMasker, deriveApplicationKey } from '#protection/index.ts';
import { CHAT } from '../dialects/openai-chat.ts';
import { createAnswerStream, type AnswerStream } from './answer-stream.ts';
import { chunkEvent, deltaEvent, streamedAnswer } from '../testing/rig.ts';
import { JsonError } from '../json/scan.ts';
import { SseOverflow, writeSse } from './sse.ts';
import { StreamFailure } from './stream-failure.ts';

const inspector = createInspector({ disabled: [] });
const EMAIL = 'grace.hopper@navy-yard.example.com';
const CARD = '4539 1488 0343 6467';
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;

const masker = createMasker({ key: deriveApplicationKey(Buffer.alloc(32, 7), 'application'), conversation: 'c', occupied: [] });
const mask = (value: string, kind: string) => masker.mask(value, [{ start: 0, end: value.length, kind }]);
const VALUES = [EMAIL, CARD] as const;
const PLACEHOLDERS = [mask(EMAIL, 'email_address'), mask(CARD, 'payment_card')] as const;

const STREAM_END = writeSse('', '[DONE]');

class Broken extends Error {}

interface Options {
  readonly deny?: boolean;
  readonly maskPersonalData?: boolean;
  readonly limits?: { eventChars: number; queueChars: number };
}

function stream({ deny = false, maskPersonalData = false, limits = { eventChars: 1 << 20, queueChars: 1 << 20 } }: Options = {}): { guard: AnswerStream; found: Match[] } {
  const found: Match[] = [];
  const guard = createAnswerStream({
    operation: CHAT,
    inspector,
    restorer: masker.restorer(),
    limits,
    judge: (matches) => {
      found.push(...matches);
      if (deny && matches.some(({ label }) => label === 'secret')) throw new Broken();
      return maskPersonalData ? matches.filter(({ label }) => label === 'personal_data') : [];
    },
    mask: (_text, { kind }) => `<${kind}>`,
    seal: (id) => id, pass: () => {}, coarsen: (data) => data,
  });
  return { guard, found };
}

/** Feeds bytes in chunks that end at the given places. */
function feed(guard: AnswerStream, bytes: Buffer, places: readonly number[]): string {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const out = [0, ...at].map((from, index) => guard.push(bytes.subarray(from, at[index] ?? bytes.length))).join('');
  return guard.isDone ? out : out + guard.end();
}

interface Delta { content?: string; tool_calls?: { index: number; function: { arguments: string } }[] }

/** What a client makes of the events: the text of each choice, and the arguments of its first call. */
function read(events: string): { texts: Map<number, string>; calls: Map<number, string> } {
  const texts = new Map<number, string>();
  const calls = new Map<number, string>();
  for (const line of events.split('\n')) {
    if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
    for (const { index, delta } of (JSON.parse(line.slice(6)) as { choices: { index: number; delta: Delta }[] }).choices) {
      texts.set(index, (texts.get(index) ?? '') + (delta.content ?? ''));
      calls.set(index, (calls.get(index) ?? '') + (delta.tool_calls?.[0]?.function.arguments ?? ''));
    }
  }
  return { texts, calls };
}

function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
}

const restored = (text: string): string => PLACEHOLDERS.reduce((all, placeholder, index) => all.replaceAll(placeholder, VALUES[index] ?? ''), text);

const prose = fc.array(
  fc.oneof(fc.constantFrom(...PLACEHOLDERS, ' and ', '. ', '[', '[EMAIL_', 'naïve 😀 ', '\n', '{"a":"b"}', '4539', 'x@y'), fc.string({ unit: 'grapheme', maxLength: 6 })),
  { maxLength: 12 },
).map((pieces) => pieces.join(' '));
const places = fc.array(fc.nat(), { maxLength: 20 });

describe('createAnswerStream', () => {
  it('gives the same restored text however the text is cut into events and the events into chunks', () => {
    fc.assert(
      fc.property(prose, places, places, (text, events, chunks) => {
        const bytes = Buffer.from(streamedAnswer(cut(text, events)).join(''));
        const out = feed(stream().guard, bytes, chunks);
        expect(read(out).texts.get(0)).toBe(restored(text));
        expect(out.endsWith(STREAM_END)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('keeps choices and calls apart, whatever the order of their events', () => {
    fc.assert(
      fc.property(fc.record({ first: prose, second: prose, cuts: places, chunks: places, order: fc.array(fc.boolean()) }), ({ first, second, cuts, chunks, order }) => {
        const queues = [
          cut(first, cuts).map((content) => deltaEvent({ content })),
          cut(second, cuts).map((content) => deltaEvent({ content }, null, 1)),
        ];
        const events: string[] = [];
        for (let turn = 0; queues[0]?.length || queues[1]?.length; turn++) {
          const queue = (order[turn % (order.length || 1)] ? queues[0] : queues[1]) as string[];
          events.push((queue.length > 0 ? queue : (queues.find(({ length }) => length > 0) as string[])).shift() as string);
        }
        const out = feed(stream().guard, Buffer.from([...events, 'data: [DONE]\n\n'].join('')), chunks);
        expect(read(out).texts.get(0)).toBe(restored(first));
        expect(read(out).texts.get(1)).toBe(restored(second));
      }),
      { numRuns: 200 },
    );
  });

  it('restores within the JSON text of arguments', () => {
    const own = createMasker({ key: deriveApplicationKey(Buffer.alloc(32, 9), 'application'), conversation: 'c', occupied: [] });
    const value = 'a "quoted" \\ value';
    const json = JSON.stringify({ to: own.mask(value, [{ start: 0, end: value.length, kind: 'email_address' }]) });
    fc.assert(
      fc.property(places, (cuts) => {
        const events = cut(json, cuts).map((piece) => deltaEvent({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
        const guard = createAnswerStream({ operation: CHAT, inspector, restorer: own.restorer(), limits: { eventChars: 1 << 20, queueChars: 1 << 20 }, judge: () => [], mask: () => '', seal: (id) => id, pass: () => {}, coarsen: (data) => data });
        expect(JSON.parse(read(feed(guard, Buffer.from(events.join('')), [])).calls.get(0) ?? '')).toEqual({ to: value });
      }),
    );
  });

  it('finds what is cut over events, and lets none of it out when that breaks the answer off', () => {
    fc.assert(
      fc.property(places, (cuts) => {
        const { guard, found } = stream();
        feed(guard, Buffer.from(streamedAnswer(cut(`The token is ${TOKEN} and that is all.`, cuts)).join('')), []);
        expect(found.filter(({ kind }) => kind === 'github_token')).toHaveLength(1);

        let out = '';
        const strict = stream({ deny: true }).guard;
        const events = streamedAnswer(cut(`The token is ${TOKEN} and that is all.`, cuts));
        expect(() => events.forEach((event) => { out += strict.push(Buffer.from(event)); })).toThrow(Broken);
        expect(out).not.toContain('ghp_');
        expect('The token is '.startsWith(read(out).texts.get(0) ?? '')).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('masks what policy says over events, and passes over what else', () => {
    fc.assert(
      fc.property(places, (cuts) => {
        const out = feed(stream({ maskPersonalData: true }).guard, Buffer.from(streamedAnswer(cut(`Write to ${EMAIL}, or to ${CARD}.`, cuts)).join('')), []);
        expect(read(out).texts.get(0)).toBe('Write to <email_address>, or to <payment_card>.');
      }),
      { numRuns: 200 },
    );
  });

  it('lets an event go as soon as nothing can change it, also when another text begins', () => {
    const { guard } = stream();
    expect(guard.push(Buffer.from(deltaEvent({ content: 'Hello there. ' })))).toBe(deltaEvent({ content: 'Hello there. ' }));
    expect(guard.push(Buffer.from(deltaEvent({ content: 'Write to a@exa' })))).toBe('');
    const next = deltaEvent({ tool_calls: [{ index: 0, function: { arguments: '{ ' } }] });
    expect(guard.push(Buffer.from(next))).toBe(deltaEvent({ content: 'Write to a@exa' }) + next);
    expect(guard.push(Buffer.from(deltaEvent({}, 'stop')))).toBe(deltaEvent({}, 'stop'));
  });

  it('takes any event: it goes out as it came, or is named as wrong', () => {
    const isKnown = (error: unknown) => error instanceof JsonError || error instanceof SseOverflow || error instanceof StreamFailure;
    const choice = fc.record({ index: fc.constantFrom(0, 1, '0', null), delta: fc.jsonValue(), finish_reason: fc.constantFrom('stop', null, 1) }, { requiredKeys: [] });
    const event = fc.oneof(fc.jsonValue().map((value) => JSON.stringify(value)), fc.record({ choices: fc.array(choice, { maxLength: 3 }) }).map((value) => JSON.stringify(value)), fc.string());
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), (events) => {
        const plain = events.map((data) => writeSse('', data)).join('');
        try {
          expect(feed(stream().guard, Buffer.from(plain), []).replace(STREAM_END, '')).toBe(plain);
        } catch (error) {
          if (!isKnown(error)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('bounds what waits', () => {
    const { guard } = stream({ limits: { eventChars: 1 << 16, queueChars: 1_000 } });
    guard.push(Buffer.from(deltaEvent({ content: 'a@exa' })));
    expect(() => { for (let n = 0; n < 10; n++) guard.push(Buffer.from(chunkEvent({ choices: [], x_padding: n }))); }).toThrow(SseOverflow);
  });

  it('takes time that grows with the length of the answer alone', () => {
    /** The best of several runs: others use this machine too. */
    const duration = (count: number): number => {
      const bytes = Buffer.from(streamedAnswer(Array.from({ length: count }, () => '[EMAIL_')).join(''));
      const runs = Array.from({ length: 4 }, () => {
        const started = performance.now();
        feed(stream().guard, bytes, []);
        return performance.now() - started;
      });
      return Math.min(...runs);
    };
    duration(500);
    // Sixteen times the length; quadratic growth would be 256.
    expect(duration(8_000)).toBeLessThan(80 * Math.max(2, duration(500)));
  });
});

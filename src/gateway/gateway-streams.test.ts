/** Streams through the whole data path, and the end of a gateway. */
import { connect } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClosedRecord } from '../shapes.ts';
import { post, prompt, type CallInit } from './testing/client.ts';
import { chunkEvent, deltaEvent, KEY, sendJson, sendStream, startRig, streamedAnswer, wholeAnswer, type Rig } from './testing/rig.ts';

let rig: Rig;
let client: OpenAI;

beforeAll(async () => {
  rig = await startRig();
  client = new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries: 0 });
});
afterAll(() => rig.close());

const raw = (body: string, init: CallInit = {}) => post(rig, body, init);

const lastRecord = (): Promise<ClosedRecord> => rig.records.lastClosed(Math.max(1, rig.records.all.filter(({ phase }) => phase === 'closed').length));

describe('a stream', () => {
  it('keeps the data of events that hold nothing to change', async () => {
    const events = streamedAnswer(['Hello ', 'world. ', 'How are ', 'you?']);
    rig.upstream.behave((_body, response) => sendStream(response, events));
    const answer = await raw(prompt('Hello', { stream: true }));
    expect(answer.body).toBe(events.join(''));
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers.get('x-sallyport-inspection')).toBe('window');
  });

  it('carries several choices and reasoning in their order', async () => {
    const events = [
      deltaEvent({ reasoning_content: 'think' }), deltaEvent({ reasoning_content: 'ing' }), deltaEvent({ content: 'First' }), deltaEvent({ content: 'Second' }, null, 1),
      deltaEvent({ content: ' one' }), deltaEvent({ content: ' two' }, null, 1), deltaEvent({}, 'stop', 1), deltaEvent({}, 'stop'), chunkEvent({ choices: [] }), 'data: [DONE]\n\n',
    ];
    rig.upstream.behave((_body, response) => sendStream(response, events));
    expect((await raw(prompt('Hello', { stream: true }))).body).toBe(events.join(''));
  });

  it('is broken off upstream when the caller goes away', async () => {
    const gone = Promise.withResolvers<void>();
    rig.upstream.behave((_body, response) => {
      response.on('close', () => gone.resolve());
      sendStream(response, streamedAnswer(['One. ', 'Two. ', 'Three. ']).slice(0, 4), false);
    });
    const controller = new AbortController();
    const stream = await client.chat.completions.create({ model: 'm1', stream: true, messages: [{ role: 'user', content: 'x' }] }, { signal: controller.signal });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) controller.abort();
    }
    await gone.promise;
    expect(await lastRecord()).toMatchObject({ outcome: 'aborted', status: 200 });
  });

  it('waits for a slow reader instead of piling up', async () => {
    const piece = `${'lorem ipsum '.repeat(80)}. `;
    let written = 0;
    const total = 15_000;
    rig.upstream.behave((_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = () => {
        while (written < total && response.write(deltaEvent({ content: piece }))) written++;
        if (written < total) response.once('drain', () => { written++; more(); });
        else response.end(`${deltaEvent({}, 'stop')}data: [DONE]\n\n`);
      };
      more();
    });
    const response = await fetch(`${rig.url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }, body: prompt('x', { stream: true }) });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    expect(written).toBeLessThan(total);
    let bytes = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
    expect(bytes).toBeGreaterThan(total * piece.length * 0.95);
  });
});

it('records a caller that goes away before its body, or before its answer, has come', async () => {
  const own = await startRig();
  const { port } = new URL(own.url);
  const body = prompt('x');
  const begin = (sent: string) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${sent}`);
    return socket;
  };
  const unfinished = begin(body.slice(0, 10));
  while (own.gateway.state().inFlight === 0) await new Promise((resolve) => { setTimeout(resolve, 5); });
  unfinished.destroy();
  expect(await own.records.lastClosed(1)).toMatchObject({ outcome: 'aborted', status: 0, error: 'aborted' });
  expect(own.upstream.seen).toHaveLength(0);

  const upstreamClosed = Promise.withResolvers<void>();
  own.upstream.behave((_body, response) => { response.on('close', () => upstreamClosed.resolve()); });
  const impatient = begin(body);
  while (own.upstream.seen.length === 0) await new Promise((resolve) => { setTimeout(resolve, 5); });
  impatient.destroy();
  expect(await own.records.lastClosed(2)).toMatchObject({ outcome: 'aborted', status: 0, upstream: 'local' });
  await upstreamClosed.promise;
  await own.close();
});

it('lets what is under way end when it drains, and takes nothing new', async () => {
  const own = await startRig();
  const release = Promise.withResolvers<void>();
  own.upstream.behave((_body, response) => { void release.promise.then(() => sendJson(response, wholeAnswer('Late.'))); });
  const call = new OpenAI({ apiKey: KEY, baseURL: `${own.url}/v1`, maxRetries: 0 }).chat.completions.create({ model: 'm1', messages: [{ role: 'user', content: 'x' }] });
  const answer = call.then((completion) => completion.choices[0]?.message.content);
  while (own.upstream.seen.length === 0) await new Promise((resolve) => { setTimeout(resolve, 5); });
  const drained = own.gateway.drain(5_000);
  release.resolve();
  expect(await answer).toBe('Late.');
  expect(await drained).toBe(true);
  await expect(fetch(`${own.url}/healthz`)).rejects.toThrow();
  await own.close();
});

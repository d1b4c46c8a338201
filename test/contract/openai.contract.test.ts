/** OpenAI's library and Vercel's providers, as they are published, against a gateway before an upstream that speaks OpenAI's wires. */
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embed, generateText, jsonSchema, Output, streamText, tool, type LanguageModel } from 'ai';
import type { ServerResponse } from 'node:http';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../src/gateway/testing/client.ts';
import { CREDENTIAL, deltaEvent, KEY, sendJson, sendStream, startRig, streamedAnswer, wholeAnswer, type Rig } from '../../src/gateway/testing/rig.ts';
import type { ClosedRecord } from '../../src/shapes.ts';

const EMAIL = 'ada.lovelace@analytical-engines.co.uk';
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;

let rig: Rig;
let client: OpenAI;

beforeAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = false;
  rig = await startRig({}, { kind: 'openai' });
  client = new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries: 0 });
});
afterAll(() => rig.close());
afterEach(() => {
  const everything = JSON.stringify(rig.records.all) + rig.logged.join('');
  for (const secret of [CREDENTIAL, KEY, EMAIL, TOKEN]) expect(everything).not.toContain(secret);
});

const lastSeen = () => rig.upstream.seen.at(-1) as (typeof rig.upstream.seen)[number];
const lastRecord = (): Promise<ClosedRecord> => rig.records.lastClosed(Math.max(1, rig.records.all.filter(({ phase }) => phase === 'closed').length));
const give = (body: string, status = 200, headers = {}) => rig.upstream.behave((_body, response) => sendJson(response, body, status, headers));
const placeholderIn = (body: string): string => /\[EMAIL_\w+\]/.exec(body)?.[0] ?? '';

const message = (text: string) => ({ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] });
const call = (input: string) => ({ type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'send', arguments: input, status: 'completed' });
const response = (output: object[], members: object = {}) => ({
  id: 'resp_1', object: 'response', created_at: 1_732_386_000, status: 'completed', model: 'm1', output, error: null, incomplete_details: null, instructions: null, metadata: {},
  parallel_tool_calls: true, temperature: 1, top_p: 1, tool_choice: 'auto', tools: [],
  usage: { input_tokens: 9, input_tokens_details: { cached_tokens: 0 }, output_tokens: 7, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 16 }, ...members,
});
const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
/** The events of a response whose pieces of text are given; the last one repeats the whole. */
function responseEvents(pieces: readonly string[]): string[] {
  const events = [
    { type: 'response.created', response: response([], { status: 'in_progress', usage: null }) },
    { type: 'response.output_item.added', output_index: 0, item: { ...message(''), status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
    ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
    { type: 'response.output_text.done', ...at, text: pieces.join('') },
    { type: 'response.content_part.done', ...at, part: { type: 'output_text', text: pieces.join(''), annotations: [] } },
    { type: 'response.output_item.done', output_index: 0, item: message(pieces.join('')) },
    { type: 'response.completed', response: response([message(pieces.join(''))]) },
  ];
  return events.map((event, index) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`);
}
const halves = (text: string): string[] => [text.slice(0, 5), text.slice(5)];

describe('openai, responses', () => {
  it('masks personal data and puts it back, whole and streamed, also in the event that repeats the output', async () => {
    rig.upstream.behave((body, upstream) => sendJson(upstream, JSON.stringify(response([message(`To ${placeholderIn(body)}.`), call(JSON.stringify({ to: placeholderIn(body) }))]))));
    const whole = await client.responses.create({ model: 'm1', instructions: `Write to ${EMAIL}`, input: 'Now.' });
    expect(lastSeen()).toMatchObject({ url: '/v1/responses', headers: { authorization: `Bearer ${CREDENTIAL}` } });
    expect(lastSeen().body).not.toContain(EMAIL);
    expect(whole.output_text).toBe(`To ${EMAIL}.`);
    expect(whole.output[1]).toMatchObject({ arguments: JSON.stringify({ to: EMAIL }) });
    rig.upstream.behave((body, upstream) => sendStream(upstream, responseEvents(['To ', ...halves(placeholderIn(body)), '.'])));
    const stream = client.responses.stream({ model: 'm1', input: `Write to ${EMAIL}` });
    let text = '';
    for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
    expect(text).toBe(`To ${EMAIL}.`);
    expect((await stream.finalResponse()).output_text).toBe(`To ${EMAIL}.`);
    expect(await lastRecord()).toMatchObject({ api: 'openai.responses', stream: true, effect: 'transform', usage: { inputTokens: 9, outputTokens: 7 } });
  });

  it('goes on from a response that the same application was given, and from no other', async () => {
    give(JSON.stringify(response([message('Done.')])));
    const { id } = await client.responses.create({ model: 'm1', input: 'Hello' });
    expect(id).not.toBe('resp_1');
    await client.responses.create({ model: 'm1', input: 'Go on', previous_response_id: id });
    expect(JSON.parse(lastSeen().body)).toMatchObject({ previous_response_id: 'resp_1' });
    expect(await failureOf(client.responses.create({ model: 'm1', input: 'Go on', previous_response_id: 'resp_1' }))).toMatchObject({ status: 404, code: 'previous_response_not_found' });
    expect(await failureOf(client.responses.retrieve(id))).toMatchObject({ status: 404 });
  });

  it('parses structured output', async () => {
    give(JSON.stringify(response([message('{"city":"Paris"}')])));
    const parsed = await client.responses.parse({ model: 'm1', input: 'Where?', text: { format: { type: 'json_schema', name: 'a', schema: { type: 'object', properties: { city: { type: 'string' } } } } } });
    expect(parsed.output_text).toBe('{"city":"Paris"}');
  });

  it('raises a refusal in mid-stream', async () => {
    const events = responseEvents(['This is a long beginning of the answer. '.repeat(20), TOKEN.slice(0, 9), TOKEN.slice(9), '.']);
    const heard = Promise.withResolvers<void>();
    rig.upstream.behave((_body, upstream: ServerResponse) => {
      sendStream(upstream, events.slice(0, 4), false);
      void heard.promise.then(() => upstream.end(events.slice(4).join('')));
    });
    let text = '';
    const refused = (async () => {
      for await (const event of await client.responses.create({ model: 'm1', input: 'Hello', stream: true })) {
        heard.resolve();
        if (event.type === 'response.output_text.delta') text += event.delta;
        if (event.type === 'error') throw new Error(event.code ?? '');
      }
    })();
    await expect(refused).rejects.toThrow();
    expect(text).toMatch(/^This is a long beginning/);
    expect(text).not.toContain('ghp_');
    expect(await lastRecord()).toMatchObject({ outcome: 'refused', status: 200, error: 'content_policy_violation' });
  });
});

describe('openai, the other wires', () => {
  it('calls tools in a chat, whole and streamed', async () => {
    const calls = (body: string) => [{ index: 0, id: 'call_1', type: 'function', function: { name: 'send', arguments: JSON.stringify({ to: placeholderIn(body) }) } }];
    rig.upstream.behave((body, upstream) => {
      if ((JSON.parse(body) as { stream?: boolean }).stream === true) sendStream(upstream, [deltaEvent({ role: 'assistant', tool_calls: calls(body) }), deltaEvent({}, 'tool_calls'), 'data: [DONE]\n\n']);
      else sendJson(upstream, wholeAnswer('', { tool_calls: calls(body) }));
    });
    const ask = { model: 'm1', messages: [{ role: 'user' as const, content: `Write to ${EMAIL}` }], tools: [{ type: 'function' as const, function: { name: 'send', parameters: { type: 'object' } } }] };
    expect((await client.chat.completions.create(ask)).choices[0]?.message.tool_calls).toMatchObject([{ function: { arguments: JSON.stringify({ to: EMAIL }) } }]);
    const streamed = await client.chat.completions.stream(ask).finalMessage();
    expect(streamed.tool_calls).toMatchObject([{ function: { arguments: JSON.stringify({ to: EMAIL }) } }]);
  });

  it('refuses as the library expects, and is asked once', async () => {
    const patient = new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries: 2 });
    const before = rig.records.all.length;
    const seen = rig.upstream.seen.length;
    const calls: (() => PromiseLike<unknown>)[] = [
      () => patient.chat.completions.create({ model: 'm1', messages: [{ role: 'user', content: TOKEN }] }), () => patient.responses.create({ model: 'm1', input: TOKEN }),
      () => patient.completions.create({ model: 'm1', prompt: TOKEN }), () => patient.embeddings.create({ model: 'm1', input: TOKEN }), () => patient.moderations.create({ model: 'm1', input: TOKEN }),
    ];
    for (const refused of calls) {
      const error = await refused().then(() => undefined, (thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ status: 400, code: 'content_policy_violation', type: 'invalid_request_error', requestID: expect.stringMatching(/^exc_/) as string });
    }
    expect(rig.records.all).toHaveLength(before + calls.length);
    expect(rig.upstream.seen).toHaveLength(seen);
  });

  it('tries again what the upstream asks it to', async () => {
    const patient = new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries: 2 });
    let calls = 0;
    rig.upstream.behave((_body, upstream) => {
      calls++;
      if (calls > 2) sendJson(upstream, JSON.stringify(response([message('At last.')])));
      else sendJson(upstream, JSON.stringify({ error: { message: 'Slow down', type: 'rate_limit_error', param: null, code: null } }), 429, { 'retry-after-ms': '1' });
    });
    expect((await patient.responses.create({ model: 'm1', input: 'Hello' })).output_text).toBe('At last.');
  });

  it('breaks the call off upstream when it is aborted', async () => {
    const gone = Promise.withResolvers<void>();
    rig.upstream.behave((_body, upstream) => {
      upstream.on('close', () => gone.resolve());
      sendStream(upstream, responseEvents(['One. ', 'Two. ']).slice(0, 5), false);
    });
    const stream = await client.responses.create({ model: 'm1', input: 'Hello', stream: true });
    for await (const event of stream) if (event.type === 'response.created') stream.controller.abort();
    await gone.promise;
    expect(await lastRecord()).toMatchObject({ outcome: 'aborted' });
  });
});

const baseURL = () => `${rig.url}/v1`;
const PROVIDERS: readonly [name: string, model: () => LanguageModel, wire: 'chat' | 'responses'][] = [
  ['@ai-sdk/openai, responses', () => createOpenAI({ apiKey: KEY, baseURL: baseURL() })('m1'), 'responses'],
  ['@ai-sdk/openai, chat', () => createOpenAI({ apiKey: KEY, baseURL: baseURL() }).chat('m1'), 'chat'],
  ['@ai-sdk/openai-compatible', () => createOpenAICompatible({ name: 'sallyport', apiKey: KEY, baseURL: baseURL(), supportsStructuredOutputs: true })('m1'), 'chat'],
];

describe.each(PROVIDERS)('ai with %s', (_name, model, wire) => {
  const says = (text: string) => (wire === 'chat' ? wholeAnswer(text) : JSON.stringify(response([message(text)])));

  it('generates, streams and restores text', async () => {
    rig.upstream.behave((body, upstream) => sendJson(upstream, says(`To ${placeholderIn(body)}.`)));
    expect((await generateText({ model: model(), prompt: `Write to ${EMAIL}`, maxRetries: 0 })).text).toBe(`To ${EMAIL}.`);
    rig.upstream.behave((body, upstream) => {
      const pieces = ['To ', ...halves(placeholderIn(body)), '.'];
      sendStream(upstream, wire === 'chat' ? streamedAnswer(pieces) : responseEvents(pieces));
    });
    expect(await streamText({ model: model(), prompt: `Write to ${EMAIL}`, maxRetries: 0 }).text).toBe(`To ${EMAIL}.`);
    expect(lastSeen().body).not.toContain(EMAIL);
  });

  it('calls tools, and takes structured output', async () => {
    const input = JSON.stringify({ to: 'Bo' });
    give(wire === 'chat' ? wholeAnswer('', { tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'send', arguments: input } }] }) : JSON.stringify(response([call(input)])));
    const { toolCalls } = await generateText({
      model: model(), prompt: 'Hello', maxRetries: 0, tools: { send: tool({ description: 'Sends', inputSchema: jsonSchema<{ to: string }>({ type: 'object', properties: { to: { type: 'string' } } }) }) },
    });
    expect(toolCalls).toMatchObject([{ toolName: 'send', input: { to: 'Bo' } }]);
    give(says('{"city":"Paris"}'));
    const schema = jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false });
    expect((await generateText({ model: model(), prompt: 'Where?', maxRetries: 0, output: Output.object({ schema }) })).output).toEqual({ city: 'Paris' });
  });

  it('raises a refusal that it does not try again', async () => {
    const before = rig.records.all.length;
    const error = await generateText({ model: model(), prompt: `My token is ${TOKEN}`, maxRetries: 2 }).then(() => undefined, (thrown: unknown) => thrown);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 400, isRetryable: false, message: expect.stringContaining('secret') as string });
    expect(rig.records.all).toHaveLength(before + 1);
  });
});

it('embeds with ai', async () => {
  give(JSON.stringify({ object: 'list', model: 'm1', data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }], usage: { prompt_tokens: 9, total_tokens: 9 } }));
  const { embedding } = await embed({ model: createOpenAI({ apiKey: KEY, baseURL: baseURL() }).embedding('m1'), value: `About ${EMAIL}`, maxRetries: 0 });
  expect(embedding).toEqual([0.25, -0.5]);
  expect(lastSeen().body).not.toContain(EMAIL);
});

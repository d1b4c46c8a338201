/** Anthropic's own library and Vercel's provider for it, as they are published, against a gateway before an upstream that speaks Anthropic's wire. */
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { APICallError, generateText, jsonSchema, Output, streamText, tool } from 'ai';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CREDENTIAL, KEY, sendJson, snapshotOf, startRig, upstreamEntry, type Rig } from '../../src/gateway/testing/rig.ts';
import type { ClosedRecord, LimitEntry } from '../../src/shapes.ts';

const EMAIL = 'ada.lovelace@analytical-engines.co.uk';
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;

let rig: Rig;
let client: Anthropic;

beforeAll(async () => {
  rig = await startRig({}, { kind: 'anthropic' });
  client = new Anthropic({ apiKey: KEY, baseURL: rig.url, maxRetries: 0 });
});
afterAll(() => rig.close());
afterEach(() => {
  const everything = JSON.stringify(rig.records.all) + rig.logged.join('');
  for (const secret of [CREDENTIAL, KEY, EMAIL, TOKEN]) expect(everything).not.toContain(secret);
});

const lastSeen = () => rig.upstream.seen.at(-1) as (typeof rig.upstream.seen)[number];
const lastRecord = (): Promise<ClosedRecord> => rig.records.lastClosed(Math.max(1, rig.records.all.filter(({ phase }) => phase === 'closed').length));
const hello = (content = 'Hello') => ({ model: 'm1', max_tokens: 100, messages: [{ role: 'user' as const, content }] });

const answer = (content: object[], members: object = {}) => ({
  id: 'msg_1', type: 'message', role: 'assistant', model: 'm1', content, stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: null, output_tokens: 7 }, ...members,
});
const says = (text: string) => answer([{ type: 'text', text, citations: null }]);
const give = (body: object, status = 200, headers = {}) => rig.upstream.behave((_body, response) => sendJson(response, JSON.stringify(body), status, headers));

interface Event { readonly type: string }
const eventText = (data: Event): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const event = <Members extends object>(type: string, members: Members): Event => ({ type, ...members });
const blockEvents = (index: number, content_block: object, deltas: object[]): Event[] => [
  event('content_block_start', { index, content_block }), ...deltas.map((delta) => event('content_block_delta', { index, delta })), event('content_block_stop', { index }),
];
const textDeltas = (...pieces: string[]) => pieces.map((text) => ({ type: 'text_delta', text }));
const streamed = (...events: Event[]): string[] => [
  event('message_start', { message: answer([], { stop_reason: null, usage: { input_tokens: 9, output_tokens: 1 } }) }), event('ping', {}), ...events,
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 7 } }), event('message_stop', {}),
].map(eventText);
const textStream = (...pieces: string[]) => streamed(...blockEvents(0, { type: 'text', text: '', citations: null }, textDeltas(...pieces)));

function play(response: ServerResponse, events: readonly string[], end = true): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const one of events) response.write(one);
  if (end) response.end();
}
const giveStream = (events: readonly string[]) => rig.upstream.behave((_body, response) => play(response, events));

async function failure(promise: PromiseLike<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Anthropic.APIError) return error;
    throw error;
  }
  throw new Error('It was expected to fail.');
}

describe('@anthropic-ai/sdk', () => {
  it('calls a model, with the version and the betas that it asks for, and the credential of the upstream alone', async () => {
    give(says('Hello.'), 200, { 'anthropic-ratelimit-requests-remaining': '9', 'anthropic-organization-id': 'org' });
    const { data, response } = await client.beta.messages.create({ ...hello(), betas: ['context-1m-2025-08-07'], x_unknown: 1 } as never).withResponse();
    expect(data.content).toMatchObject([{ type: 'text', text: 'Hello.' }]);
    expect(lastSeen()).toMatchObject({ url: '/v1/messages', headers: { 'x-api-key': CREDENTIAL, 'anthropic-version': '2026-10-21', 'anthropic-beta': 'context-1m-2025-08-07' } });
    expect(lastSeen().headers.authorization).toBeUndefined();
    expect(JSON.parse(lastSeen().body)).toMatchObject({ x_unknown: 1 });
    expect(response.headers.get('request-id')).toMatch(/^exc_[0-9a-f]{32}$/);
    expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toBe('9');
    expect(response.headers.has('anthropic-organization-id')).toBe(false);
    expect(await lastRecord()).toMatchObject({ api: 'anthropic.messages', outcome: 'answered', usage: { inputTokens: 9, outputTokens: 7 } });
  });

  it('masks personal data wherever it stands, and puts it back in text and in the input of a tool', async () => {
    rig.upstream.behave((body, response) => {
      const [placeholder = ''] = /\[EMAIL_\w+\]/.exec(body) ?? [];
      sendJson(response, JSON.stringify(answer([{ type: 'text', text: `To ${placeholder}.`, citations: null }, { type: 'tool_use', id: 'toolu_1', name: 'send', input: { to: [placeholder] } }], { stop_reason: 'tool_use' })));
    });
    const message = await client.messages.create({
      ...hello(), system: [{ type: 'text', text: `Write to ${EMAIL}.` }], tools: [{ name: 'send', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'Look it up.' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_0', name: 'find', input: { who: EMAIL } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_0', content: [{ type: 'text', text: `Found ${EMAIL}` }] }] },
      ],
    });
    expect(lastSeen().body).not.toContain(EMAIL);
    expect(message.content).toMatchObject([{ text: `To ${EMAIL}.` }, { input: { to: [EMAIL] } }]);
    expect(await lastRecord()).toMatchObject({ effect: 'transform', masked: 3, restored: 2 });
  });

  it('streams text, arguments of tools and thinking, event by event', async () => {
    const events = streamed(
      ...blockEvents(0, { type: 'thinking', thinking: '', signature: '' }, [{ type: 'thinking_delta', thinking: 'Let me ' }, { type: 'thinking_delta', thinking: 'see.' }, { type: 'signature_delta', signature: 'c2lnbmVk' }]),
      ...blockEvents(1, { type: 'text', text: '', citations: null }, textDeltas('Hello ', 'world.')),
      ...blockEvents(2, { type: 'tool_use', id: 'toolu_1', name: 'send', input: {} }, [{ type: 'input_json_delta', partial_json: '{"to":' }, { type: 'input_json_delta', partial_json: '"Bo"}' }]),
    );
    giveStream(events);
    const message = await client.messages.stream(hello()).finalMessage();
    expect(message.content).toMatchObject([{ thinking: 'Let me see.', signature: 'c2lnbmVk' }, { text: 'Hello world.' }, { input: { to: 'Bo' } }]);
    expect(await lastRecord()).toMatchObject({ stream: true, usage: { inputTokens: 9, outputTokens: 7 } });
    const raw = await fetch(`${rig.url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': KEY, 'content-type': 'application/json' }, body: JSON.stringify({ ...hello(), stream: true }) });
    const body = await raw.text();
    expect(body.replace(/"id":"msg_[\w-]{40,}"/, '"id":"msg_1"')).toBe(events.join(''));
  });

  it('restores placeholders that are cut by events, also within the JSON of arguments', async () => {
    rig.upstream.behave((body, response) => {
      const [placeholder = ''] = /\[EMAIL_\w+\]/.exec(body) ?? [];
      play(response, streamed(
        ...blockEvents(0, { type: 'text', text: '', citations: null }, textDeltas('To ', placeholder.slice(0, 4), placeholder.slice(4), '.')),
        ...blockEvents(1, { type: 'tool_use', id: 'toolu_1', name: 'send', input: {} }, [{ type: 'input_json_delta', partial_json: `{"to":"${placeholder.slice(0, 8)}` }, { type: 'input_json_delta', partial_json: `${placeholder.slice(8)}"}` }]),
      ));
    });
    const message = await client.messages.stream(hello(`Write to ${EMAIL}`)).finalMessage();
    expect(message.content).toMatchObject([{ text: `To ${EMAIL}.` }, { input: { to: EMAIL } }]);
  });

  it('never changes what is signed: a placeholder stays in thinking, and thinking that would have to be masked is refused', async () => {
    rig.upstream.behave((body, response) => {
      const [placeholder = ''] = /\[EMAIL_\w+\]/.exec(body) ?? [];
      sendJson(response, JSON.stringify(answer([{ type: 'thinking', thinking: `Write to ${placeholder}.`, signature: 'c2lnbmVk' }, { type: 'text', text: placeholder, citations: null }])));
    });
    const { content } = await client.messages.create(hello(`Write to ${EMAIL}`));
    expect(content).toMatchObject([{ thinking: expect.stringMatching(/^Write to \[EMAIL_\w+\]\.$/) as string }, { text: EMAIL }]);
    const thinking = (text: string) => client.messages.create({ ...hello(), messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: text, signature: 'c2lnbmVk' }] }, { role: 'user', content: 'Go on' }] });
    const before = rig.upstream.seen.length;
    expect(await failure(thinking(`To ${EMAIL}`))).toMatchObject({ status: 400, errorCode: 'cannot_mask' });
    expect(rig.upstream.seen).toHaveLength(before);
    await thinking('Hm, "so".');
    expect(lastSeen().body).toContain(JSON.stringify({ type: 'thinking', thinking: 'Hm, "so".', signature: 'c2lnbmVk' }));
  });

  it('gives out ids of what the provider keeps as handles, and takes no others', async () => {
    give(answer([{ type: 'text', text: 'Done.', citations: null }], { container: { id: 'container_1', expires_at: '2026-11-24T00:00:00Z' } }));
    const { id, container } = await client.messages.create(hello());
    expect(id).toMatch(/^msg_[\w-]{40,}$/);
    expect(container?.id).toMatch(/^container_[\w-]{40,}$/);
    await client.messages.create({ ...hello(), container: container?.id ?? '', diagnostics: { previous_message_id: id } });
    expect(JSON.parse(lastSeen().body)).toMatchObject({ container: 'container_1', diagnostics: { previous_message_id: 'msg_1' } });
    const before = rig.upstream.seen.length;
    const file = { type: 'document' as const, source: { type: 'file' as const, file_id: 'file_1' } };
    for (const members of [{ container: 'container_1' }, { thread: { type: 'continue', previous_message_id: 'msg_1' } }, { messages: [{ role: 'user' as const, content: [file] }] }]) {
      expect(await failure(client.messages.create({ ...hello(), ...members }))).toMatchObject({ status: 404, type: 'not_found_error', errorCode: 'stored_object_not_found' });
    }
    expect(rig.upstream.seen).toHaveLength(before);
  });

  it('carries structured output', async () => {
    give(says('{"city":"Paris"}'));
    const message = await client.messages.parse({ ...hello(), output_config: { format: { type: 'json_schema', schema: { type: 'object', properties: { city: { type: 'string' } } } } } });
    expect(message.parsed_output).toEqual({ city: 'Paris' });
  });

  it('counts tokens, and lists models in its own shape', async () => {
    give({ input_tokens: 12 });
    expect(await client.messages.countTokens({ model: 'm1', messages: [{ role: 'user', content: 'Hello' }] })).toEqual({ input_tokens: 12 });
    expect(lastSeen().url).toBe('/v1/messages/count_tokens');
    expect((await lastRecord()).usage).toBeUndefined();
    const ids = [];
    for await (const model of client.models.list()) ids.push(`${model.type} ${model.id}`);
    expect(ids).toContain('model m1');
    expect(await client.models.retrieve('m1')).toMatchObject({ type: 'model', id: 'm1' });
    expect(await failure(client.models.retrieve('none'))).toMatchObject({ status: 404, type: 'not_found_error', errorCode: 'model_not_found' });
  });

  it('runs the sandbox, whole and streamed', async () => {
    const echo = { ...hello(`Write to ${EMAIL} today`), model: 'sandbox-echo' };
    expect((await client.messages.create(echo)).content).toMatchObject([{ text: `Write to ${EMAIL} today` }]);
    const message = await client.messages.stream(echo).finalMessage();
    expect(message.content).toMatchObject([{ text: `Write to ${EMAIL} today` }]);
    expect((await lastRecord()).usage).toEqual({ inputTokens: message.usage.input_tokens, outputTokens: message.usage.output_tokens });
    expect((await client.messages.countTokens({ model: 'sandbox-text', messages: echo.messages })).input_tokens).toBe(message.usage.input_tokens);
  });

  it('raises a refusal as its own error, with the id of the call, and does not try again', async () => {
    const patient = new Anthropic({ apiKey: KEY, baseURL: rig.url, maxRetries: 2 });
    const before = rig.records.all.length;
    const error = await failure(patient.messages.create(hello(`My token is ${TOKEN}`)));
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', errorCode: 'content_policy_violation', requestID: expect.stringMatching(/^exc_/) as string });
    expect((error.error as { request_id: string }).request_id).toBe(error.requestID);
    expect(rig.records.all).toHaveLength(before + 1);
    expect(await failure(new Anthropic({ apiKey: 'sp_none', baseURL: rig.url, maxRetries: 0 }).messages.create(hello()))).toMatchObject({ status: 401, type: 'authentication_error' });
    expect(await failure(client.messages.batches.list())).toMatchObject({ status: 404, type: 'not_found_error' });
  });

  it('raises a refusal in mid-stream', async () => {
    const heard = Promise.withResolvers<void>();
    const events = textStream('This is a long beginning of the answer. '.repeat(20), 'The token is ', TOKEN.slice(0, 9), TOKEN.slice(9), ' and more.');
    rig.upstream.behave((_body, response) => {
      play(response, events.slice(0, 5), false);
      void heard.promise.then(() => response.end(events.slice(5).join('')));
    });
    let text = '';
    const error = await failure((async () => {
      for await (const one of await client.messages.create({ ...hello(), stream: true })) {
        heard.resolve();
        if (one.type === 'content_block_delta' && one.delta.type === 'text_delta') text += one.delta.text;
      }
    })());
    expect(error).toMatchObject({ type: 'invalid_request_error', errorCode: 'content_policy_violation' });
    expect(text).toMatch(/^This is a long beginning/);
    expect(text).not.toContain('ghp_');
    expect(await lastRecord()).toMatchObject({ outcome: 'refused', status: 200 });
  });

  it('ends a stream that its upstream breaks off or that turns out to be an error', async () => {
    rig.upstream.behave((_body, response) => play(response, textStream('Hello').slice(0, 4)));
    expect(await failure(client.messages.stream(hello()).finalMessage())).toMatchObject({ type: 'api_error', errorCode: 'upstream_interrupted' });
    rig.upstream.behave((_body, response) => play(response, [...textStream('Hello').slice(0, 4), eventText(event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }))]));
    expect(await failure(client.messages.stream(hello()).finalMessage())).toMatchObject({ errorCode: 'upstream_error' });
  });

  it('tries again what the upstream asks it to, and hears why it would not answer', async () => {
    const patient = new Anthropic({ apiKey: KEY, baseURL: rig.url, maxRetries: 2 });
    let calls = 0;
    rig.upstream.behave((_body, response) => {
      calls++;
      if (calls > 2) sendJson(response, JSON.stringify(says('At last.')));
      else sendJson(response, JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }), 429, { 'retry-after-ms': '1' });
    });
    expect((await patient.messages.create(hello())).content).toMatchObject([{ text: 'At last.' }]);
    give({ type: 'error', error: { type: 'invalid_request_error', message: 'max_tokens: too large', details: { error_code: 'tool_name_conflict' } } }, 400);
    expect(await failure(client.messages.create(hello()))).toMatchObject({ status: 400, type: 'invalid_request_error', apiMessage: 'max_tokens: too large', errorCode: 'tool_name_conflict' });
  });

  it('breaks the call off upstream when it is aborted', async () => {
    const gone = Promise.withResolvers<void>();
    rig.upstream.behave((_body, response) => {
      response.on('close', () => gone.resolve());
      play(response, textStream('One. ', 'Two. ', 'Three. ').slice(0, 5), false);
    });
    const stream = await client.messages.create({ ...hello(), stream: true });
    for await (const one of stream) if (one.type === 'content_block_start') stream.controller.abort();
    await gone.promise;
    expect(await lastRecord()).toMatchObject({ outcome: 'aborted', status: 200 });
  });
});

describe('ai with @ai-sdk/anthropic', () => {
  // It warns that it does not know the model.
  beforeAll(() => { globalThis.AI_SDK_LOG_WARNINGS = false; });
  const provider = () => createAnthropic({ apiKey: KEY, baseURL: `${rig.url}/v1` })('m1');

  it('generates and streams text, and calls tools', async () => {
    give(says('Hello.'));
    expect((await generateText({ model: provider(), prompt: 'Hello', maxRetries: 0 })).text).toBe('Hello.');
    expect(lastSeen().headers).toMatchObject({ 'x-api-key': CREDENTIAL, 'anthropic-version': '2023-06-01' });
    giveStream(textStream('Hello ', 'world.'));
    expect(await streamText({ model: provider(), prompt: 'Hello', maxRetries: 0 }).text).toBe('Hello world.');
    give(answer([{ type: 'tool_use', id: 'toolu_1', name: 'send', input: { to: 'Bo' } }], { stop_reason: 'tool_use' }));
    const { toolCalls } = await generateText({
      model: provider(), prompt: 'Hello', maxRetries: 0, tools: { send: tool({ description: 'Sends', inputSchema: jsonSchema<{ to: string }>({ type: 'object', properties: { to: { type: 'string' } } }) }) },
    });
    expect(toolCalls).toMatchObject([{ toolName: 'send', input: { to: 'Bo' } }]);
  });

  it('generates an object', async () => {
    rig.upstream.behave((body, response) => {
      const isTool = (JSON.parse(body) as { tools?: unknown }).tools !== undefined;
      sendJson(response, JSON.stringify(isTool ? answer([{ type: 'tool_use', id: 'toolu_1', name: 'json', input: { city: 'Paris' } }], { stop_reason: 'tool_use' }) : says('{"city":"Paris"}')));
    });
    const schema = jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] });
    const { output } = await generateText({ model: provider(), prompt: 'Hello', maxRetries: 0, output: Output.object({ schema }) });
    expect(output).toEqual({ city: 'Paris' });
  });

  it('raises a refusal that it does not try again', async () => {
    const before = rig.records.all.length;
    const refused = generateText({ model: provider(), prompt: `My token is ${TOKEN}`, maxRetries: 2 });
    const error = await refused.then(() => undefined, (thrown: unknown) => thrown as APICallError);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 400, isRetryable: false, message: expect.stringContaining('secret') as string });
    expect(rig.records.all).toHaveLength(before + 1);
  });
});

describe('limits, as @anthropic-ai/sdk meets them', () => {
  const limit = (changes: Partial<LimitEntry>): LimitEntry =>
    ({ id: 'limit', name: 'test-limit', scope: 'key', subject: null, measure: 'requests', amount: 1, period: 'second', currency: null, unknownPrice: 'refuse', ...changes });
  let own: Rig;
  let left: number;
  beforeEach(async () => {
    left = Number.MAX_SAFE_INTEGER;
    own = await startRig({ leaseBudgets: (request) => Promise.resolve(request.leases.map(({ wanted, spent }) => Math.max(spent, Math.min(wanted, left)))) }, { kind: 'anthropic' });
    own.upstream.behave((_body, response) => sendJson(response, JSON.stringify(says('Hello.'))));
  });
  afterEach(() => own.close());
  const enforce = (entry: LimitEntry) =>
    own.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(own.upstream.baseUrl, { kind: 'anthropic' })], limits: { limits: [entry], prices: [] } }));
  const ask = (maxRetries: number) => new Anthropic({ apiKey: KEY, baseURL: own.url, maxRetries }).messages.create(hello());

  it('waits as it is told where a rate is exceeded', async () => {
    enforce(limit({}));
    await ask(0);
    const error = await failure(ask(0));
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect(error).toMatchObject({ status: 429, type: 'rate_limit_error', errorCode: 'rate_limit_exceeded' });
    expect((await ask(2)).content).toMatchObject([{ text: 'Hello.' }]);
  });

  it('does not try again where a budget is spent', async () => {
    left = 0;
    enforce(limit({ measure: 'tokens', amount: 1_000_000, period: 'month' }));
    const error = await failure(ask(2));
    expect(error).toBeInstanceOf(Anthropic.PermissionDeniedError);
    expect(error).toMatchObject({ status: 403, type: 'billing_error', errorCode: 'budget_exceeded' });
    expect(own.records.all).toHaveLength(1);
    expect(own.upstream.seen).toHaveLength(0);
  });
});

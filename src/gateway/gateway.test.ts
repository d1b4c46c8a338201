/** The whole data path against a real upstream, driven by the OpenAI library. */
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors.ts';
import type { ClosedRecord, Snapshot } from '../shapes.ts';
import { failureOf, post, prompt, type CallInit } from './testing/client.ts';
import { CREDENTIAL, DEFAULT_POLICIES, deltaEvent, KEY, sendJson, sendStream, snapshotOf, startRig, streamedAnswer, upstreamEntry, wholeAnswer, type Rig } from './testing/rig.ts';

const EMAIL = 'ada.lovelace@analytical-engines.co.uk';
const CARD = '4539 1488 0343 6467';
const GITHUB_TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;

let rig: Rig;
let client: OpenAI;
let closed = 0;

beforeAll(async () => {
  rig = await startRig();
  client = new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries: 0 });
});
afterAll(() => rig.close());
afterEach(() => {
  const everything = JSON.stringify(rig.records.all) + rig.logged.join('');
  for (const secret of [CREDENTIAL, KEY, EMAIL, CARD, GITHUB_TOKEN]) expect(everything).not.toContain(secret);
});

const ask = (content: string, model = 'm1') => client.chat.completions.create({ model, messages: [{ role: 'user', content }] });

/** The record of the exchange that the test made. */
async function record(): Promise<ClosedRecord> {
  closed = rig.records.all.filter(({ phase }) => phase === 'closed').length;
  return rig.records.lastClosed(Math.max(1, closed));
}

const raw = (body: string | Buffer | undefined, init: CallInit = {}) => post(rig, body, init);

const lastSeen = () => rig.upstream.seen.at(-1) as (typeof rig.upstream.seen)[number];

async function readStream(content: string): Promise<{ text: string; chunks: number }> {
  const stream = await client.chat.completions.create({ model: 'm1', stream: true, messages: [{ role: 'user', content }] });
  let text = '';
  let chunks = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    chunks++;
  }
  return { text, chunks };
}

/** Answers with the text of the last message, as the upstream saw it. */
const echo = (body: string): string => (JSON.parse(body) as { messages: { content: string }[] }).messages.at(-1)?.content ?? '';

describe('a call that passes', () => {
  it('forwards the very bytes, with our headers and the credential of the upstream alone', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('Hello.'), 200, { 'set-cookie': 'a=b', server: 'x', 'x-ratelimit-remaining-requests': '9' }));
    const body = '{ "model":"m1",  "messages":[{"role":"user","content":"caf\\u00e9"}], "temperature":1.0, "x_unknown":{"k":[1e3]} }';
    const answer = await raw(body, { headers: { cookie: 'session=1', 'openai-organization': 'org', 'x-request-id': 'mine-1' } });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe(wholeAnswer('Hello.'));
    expect(lastSeen().body).toBe(body);
    expect(lastSeen().url).toBe('/v1/chat/completions');
    expect(Object.keys(lastSeen().headers).sort()).toEqual(['accept', 'accept-encoding', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'user-agent']);
    expect(lastSeen().headers.authorization).toBe(`Bearer ${CREDENTIAL}`);
    expect(answer.headers.get('x-request-id')).toMatch(/^exc_[0-9a-f]{32}$/);
    expect(answer.headers.get('x-sallyport-decision')).toBe('permit');
    expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('9');
    for (const name of ['set-cookie', 'server']) expect(answer.headers.has(name)).toBe(false);
  });

  it('records who, what, how long and under which versions', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('Hello.')));
    await ask('Hello');
    const end = await record();
    expect(end).toMatchObject({
      v: 1, phase: 'closed', api: 'openai.chat_completions', method: 'POST', path: '/v1/chat/completions', keyId: 'key-1', applicationName: 'test application', purpose: 'tests',
      model: 'm1', upstream: 'local', stream: false, outcome: 'answered', status: 200, effect: 'permit', findings: [], masked: 0, restored: 0,
      usage: { inputTokens: 9, outputTokens: 7 }, versions: { software: 'test', policies: expect.stringMatching(/^sha256:/), detectors: expect.stringMatching(/^sha256:/) },
    });
    for (const step of ['identify', 'admit', 'read', 'inspect', 'decide', 'transform', 'dispatch', 'answer', 'total'] as const) expect(end.times[step]).toBeGreaterThanOrEqual(0);
    const opened = rig.records.all.find((entry) => entry.exchange === end.exchange);
    expect(opened?.phase).toBe('opened');
  });

  it('lists models, plain names first, and takes either name', async () => {
    const names = [];
    for await (const model of client.models.list()) names.push(model.id);
    expect(names).toEqual(['sandbox-echo', 'sandbox-text', 'm1']);
    expect((await client.models.retrieve('m1')).owned_by).toBe('local');
    expect(await failureOf(client.models.retrieve('none'))).toMatchObject({ status: 404, code: 'model_not_found' });
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('Hello.')));
    await ask('Hello', 'local/m1');
    expect(JSON.parse(lastSeen().body)).toMatchObject({ model: 'm1' });
  });

  it('takes the key in each of the headers that libraries use, and not in the query', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('Hello.')));
    for (const name of ['x-api-key', 'x-goog-api-key']) {
      const response = await fetch(`${rig.url}/v1/models`, { headers: { [name]: KEY } });
      expect(response.status).toBe(200);
    }
    expect((await fetch(`${rig.url}/v1/models?key=${KEY}`)).status).toBe(401);
  });

  it('runs the sandbox, whole and streamed', async () => {
    expect((await ask('Say this back', 'sandbox-echo')).choices[0]?.message.content).toBe('Say this back');
    expect((await ask('Hello', 'sandbox-text')).choices[0]?.message.content).toContain('no language model');
    const stream = await client.chat.completions.create({ model: 'sandbox-echo', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: `Write to ${EMAIL} today` }] });
    let text = '';
    let usage = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage += chunk.usage?.completion_tokens ?? 0;
    }
    expect(text).toBe(`Write to ${EMAIL} today`);
    expect(usage).toBeGreaterThan(3);
    expect((await record()).usage?.outputTokens).toBe(usage);
  });
});

describe('personal data', () => {
  it('leaves as placeholders and comes back as it was', async () => {
    rig.upstream.behave((body, response) => sendJson(response, wholeAnswer(`You said: ${echo(body)}`)));
    const answer = await ask(`Mail ${EMAIL}, card ${CARD}.`);
    expect(answer.choices[0]?.message.content).toBe(`You said: Mail ${EMAIL}, card ${CARD}.`);
    expect(lastSeen().body).toMatch(/Mail \[EMAIL_\w+\], card \[CARD_\w+\]\./);
    expect(await record()).toMatchObject({
      effect: 'transform', obligations: ['mask'], masked: 2, restored: 2,
      findings: expect.arrayContaining([expect.objectContaining({ direction: 'request', kind: 'email_address', label: 'personal_data', count: 1, roles: ['user'] })]),
    });
  });

  it('comes back in a stream that cuts placeholders anywhere', async () => {
    rig.upstream.behave((body, response) => sendStream(response, streamedAnswer([...`You said: ${echo(body)}!`])));
    expect((await readStream(`Mail ${EMAIL} now`)).text).toBe(`You said: Mail ${EMAIL} now!`);
    expect(await record()).toMatchObject({ stream: true, masked: 1, restored: 1, usage: { inputTokens: 9 } });
  });

  it('comes back within the arguments of tools, whole and streamed', async () => {
    const quoted = `"Ada" <${EMAIL}>`;
    const callsOf = (body: string) => ({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'send', arguments: JSON.stringify({ to: echo(body) }) } }] });
    rig.upstream.behave((body, response) => sendJson(response, wholeAnswer('', callsOf(body))));
    const whole = await ask(quoted);
    const call = whole.choices[0]?.message.tool_calls?.[0];
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ to: quoted });

    rig.upstream.behave((body, response) => {
      const pieces = JSON.stringify({ to: echo(body) }).match(/.{1,3}/gs) ?? [];
      sendStream(response, [
        deltaEvent({ role: 'assistant', tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'send', arguments: '' } }] }),
        ...pieces.map((piece) => deltaEvent({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
        deltaEvent({}, 'tool_calls'),
        'data: [DONE]\n\n',
      ]);
    });
    const stream = await client.chat.completions.create({ model: 'm1', stream: true, messages: [{ role: 'user', content: quoted }] });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
    expect(JSON.parse(text)).toEqual({ to: quoted });
  });

  it('does not slip through as a number, a key, an unknown field or the name of the model', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('ok')));
    for (const number of [CARD.replaceAll(' ', ''), '4.539148803436467E15', '4539148803436467.0']) {
      await raw(`{"model":"m1","messages":[{"role":"user","content":"x"}],"card":${number}}`);
      expect(lastSeen().body).toMatch(/"card":"\[CARD_\w+\]"/);
    }
    await raw(prompt('x', { anything: { deep: [EMAIL] } }));
    expect(lastSeen().body).toMatch(/"deep":\["\[EMAIL_\w+\]"\]/);
    const before = rig.upstream.seen.length;
    expect(await raw(prompt('x', { [EMAIL]: 1 }))).toMatchObject({ status: 400, code: 'cannot_mask' });
    expect(await raw(JSON.stringify({ model: EMAIL, messages: [] }))).toMatchObject({ status: 404 });
    expect(rig.upstream.seen).toHaveLength(before);
    await raw(`{"model":"m1","messages":[{"role":"user","content":"x"}],"seed":4539148803436467}`);
    expect(lastSeen().body).toContain('"seed":4539148803436467');
  });
});

describe('a secret', () => {
  it('is refused with the reason, and goes nowhere', async () => {
    const before = rig.upstream.seen.length;
    const failure = await failureOf(ask(`Use ${GITHUB_TOKEN}`));
    expect(failure).toMatchObject({ status: 400, code: 'content_policy_violation' });
    expect(failure.message).not.toContain(GITHUB_TOKEN);
    expect(rig.upstream.seen).toHaveLength(before);
    expect(await record()).toMatchObject({ outcome: 'refused', effect: 'deny', status: 400, reasons: [expect.objectContaining({ policy: 'default-secrets' })], findings: [expect.objectContaining({ label: 'secret' })] });
  });

  it('in an answer is held back, whole and streamed', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer(`The token is ${GITHUB_TOKEN}.`)));
    expect(await failureOf(ask('Hello'))).toMatchObject({ status: 400, code: 'content_policy_violation' });
    expect(await record()).toMatchObject({ outcome: 'refused', findings: [expect.objectContaining({ direction: 'answer' })] });

    const pieces = ['Well, here is ', 'what you asked for. ', ...`${GITHUB_TOKEN} `, 'and so on'];
    rig.upstream.behave((_body, response) => sendStream(response, streamedAnswer(pieces)));
    const answer = await raw(prompt('Hello', { stream: true }));
    expect(answer.body).toContain('content_policy_violation');
    expect(answer.body).not.toContain('"g"');
    expect(answer.body).not.toContain('[DONE]');
  });

  it('in mid-stream ends the stream with an error that the library raises', async () => {
    rig.upstream.behave((_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(streamedAnswer(['A first sentence. ', 'A second one. ']).slice(0, 3).join(''));
      setImmediate(() => response.end([`${GITHUB_TOKEN} `, 'x'].map((content) => deltaEvent({ content })).join('')));
    });
    expect(await failureOf(readStream('Hello'))).toMatchObject({ code: 'content_policy_violation' });
    expect(await record()).toMatchObject({ outcome: 'refused', stream: true });
  });
});

describe('a refusal', () => {
  it.each<[string, number, string, Parameters<typeof raw>]>([
    ['a wrong key', 401, 'invalid_api_key', ['{}', { headers: { authorization: 'Bearer sp_wrong' } }]],
    ['an unknown route', 404, 'not_found', ['{}', { path: '/v1/files' }]],
    ['a route by the wrong method', 404, 'not_found', [undefined, { path: '/v1/chat/completions', method: 'GET' }]],
    ['an unknown model', 404, 'model_not_found', [JSON.stringify({ model: 'nope', messages: [] })]],
    ['no JSON', 400, 'invalid_json', ['{"model":']],
    ['a repeated member', 400, 'duplicate_key', ['{"model":"m1","model":"m2"}']],
    ['too deep a body', 400, 'too_deep', [`{"model":"m1","x":${'['.repeat(70)}${']'.repeat(70)}}`]],
    ['bytes that are not UTF-8', 400, 'invalid_unicode', [Buffer.from([0x7b, 0xff, 0x7d])]],
    ['half of a character', 400, 'invalid_unicode', ['{"model":"m1","x":"\\ud800"}']],
    ['no model', 400, 'invalid_request', ['{"messages":[]}']],
    ['a stream that is no boolean', 400, 'invalid_request', ['{"model":"m1","stream":"true"}']],
    ['another content type', 415, 'unsupported_media_type', ['model=m1', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }]],
    ['a compressed body', 415, 'unsupported_encoding', ['{}', { headers: { 'content-encoding': 'gzip' } }]],
    ['a body over the limit', 413, 'request_too_large', [prompt('x'.repeat(9 * 1024 * 1024))]],
  ])('of %s has status %d and code %s, and is recorded', async (_what, status, code, call) => {
    const count = rig.records.all.length;
    const answer = await raw(...call);
    expect(answer).toMatchObject({ status, code });
    expect(answer.headers.get('x-sallyport-decision')).toBe('deny');
    expect(rig.records.all).toHaveLength(count + 1);
    expect(await record()).toMatchObject({ phase: 'closed', outcome: 'refused', effect: 'deny', status, error: code });
  });

  it('says nothing to probes but a status', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(rig.url + path);
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
  });

  it('follows when there is no snapshot, or no room for records', async () => {
    const snapshot = rig.snapshots.current();
    rig.snapshots.set(undefined);
    expect(await raw(prompt('x'))).toMatchObject({ status: 503, code: 'snapshot_missing' });
    expect((await fetch(`${rig.url}/readyz`)).status).toBe(503);
    rig.snapshots.set(snapshot);
    const before = rig.upstream.seen.length;
    rig.records.refuseNew = new AppError(503, 'spool_full', 'Full.');
    expect(await raw(prompt('x'))).toMatchObject({ status: 503, code: 'spool_full' });
    rig.records.refuseNew = undefined;
    expect(rig.upstream.seen).toHaveLength(before);
  });

  it('takes effect with the next call when a key is revoked', async () => {
    const snapshot = rig.snapshots.current();
    rig.snapshots.set(snapshotOf({ keys: [] }));
    expect(await raw(prompt('x'))).toMatchObject({ status: 401 });
    rig.snapshots.set(snapshot);
  });

  it('of callers without a key is bounded in the records and counted', async () => {
    const count = rig.records.all.length;
    await Promise.all(Array.from({ length: 60 }, () => raw('{}', { headers: { authorization: 'Bearer sp_x' } })));
    const written = rig.records.all.length - count;
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(40);
    await new Promise((resolve) => { setTimeout(resolve, 1_001 - (Date.now() % 1_000)); });
    await raw('{}', { headers: { authorization: 'Bearer sp_x' } });
    expect((await record()).suppressed).toBeGreaterThan(0);
  });
});

describe('a list of thousands of people', () => {
  it('is refused before its masking holds up the calls of others', async () => {
    const seen = rig.upstream.seen.length;
    const list = Array.from({ length: 3_001 }, (_, n) => `p${n}@example.com`).join(' ');
    expect(await raw(prompt(list))).toMatchObject({ status: 400, code: 'too_many_to_mask' });
    expect(rig.upstream.seen.length).toBe(seen);
    expect(await record()).toMatchObject({ outcome: 'refused', status: 400, masked: 0 });
  });
});

describe('what a caller writes beside the body', () => {
  it('is recorded unless something is found in it', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('Hello.')));
    const call = async (id: string) => {
      await raw(prompt('Hello'), { headers: { authorization: `Bearer ${KEY}`, 'x-request-id': id } });
      return (await record()).clientRequestId;
    };
    expect(await call('job-17')).toBe('job-17');
    expect(await call(`for-${EMAIL}`)).toBeUndefined();
    await fetch(`${rig.url}/v1/models/${EMAIL}`, { headers: { authorization: `Bearer ${KEY}` } });
    expect((await record()).path).toBe('[withheld]');
  });
});

describe('a policy that masks secrets', () => {
  it('refuses those of which only the beginning is marked', async () => {
    const snapshot = rig.snapshots.current() as Snapshot;
    const maskAll = '@id("mask-secrets") @obligation("mask") @labels("secret") permit (principal, action == Action::"exchange", resource) when { context.labels.contains(Label::"secret") };';
    const base = DEFAULT_POLICIES.filter(({ name }) => name !== 'default-secrets');
    rig.snapshots.set({ ...snapshot, sections: { ...snapshot.sections, policies: [...base, { id: 'p', name: 'mask-secrets', cedar: maskAll, mode: 'enforce', sharePercent: 100 }] }, manifest: { ...snapshot.manifest, sections: { ...snapshot.manifest.sections, policies: { digest: 'other', bytes: 0 } } } });
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('Hello.')));
    expect(await raw(prompt(`my token is ${GITHUB_TOKEN}`))).toMatchObject({ status: 200 });
    const seen = rig.upstream.seen.length;
    expect(await raw(prompt('-----BEGIN RSA PRIVATE KEY-----\\nMIIEow'))).toMatchObject({ status: 400, code: 'cannot_mask' });
    expect(rig.upstream.seen.length).toBe(seen);
    rig.snapshots.set(snapshot);
  });
});

describe('an upstream that', () => {
  it.each<[string, number, string, Parameters<Rig['upstream']['behave']>[0]]>([
    ['answers nonsense', 502, 'upstream_invalid_response', (_body, response) => sendJson(response, 'nonsense')],
    ['answers a list', 502, 'upstream_invalid_response', (_body, response) => sendJson(response, '[]')],
    ['repeats a member', 502, 'upstream_invalid_response', (_body, response) => sendJson(response, '{"id":"a","id":"b"}')],
    ['answers no JSON', 502, 'upstream_invalid_response', (_body, response) => { response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'); }],
    ['redirects', 502, 'upstream_invalid_response', (_body, response) => { response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(); }],
    ['compresses unasked', 502, 'upstream_invalid_response', (_body, response) => sendJson(response, wholeAnswer('x'), 200, { 'content-encoding': 'gzip' })],
    ['breaks off', 502, 'upstream_interrupted', (_body, response) => { response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }); response.write('{'); setImmediate(() => response.destroy()); }],
    ['hangs up', 502, 'upstream_unreachable', (_body, response) => { response.destroy(); }],
    ['is slow to begin', 504, 'upstream_timeout', () => {}],
    ['is slow to go on', 504, 'upstream_timeout', (_body, response) => { response.writeHead(200, { 'content-type': 'application/json' }); response.write('{'); }],
    ['refuses its credential', 502, 'upstream_credential_rejected', (_body, response) => sendJson(response, `{"error":{"message":"Incorrect API key ${CREDENTIAL}"}}`, 401)],
    ['echoes its credential', 502, 'upstream_invalid_response', (_body, response) => sendJson(response, wholeAnswer(`It is ${CREDENTIAL}`))],
    ['speaks no HTTP', 502, 'upstream_invalid_response', (_body, response) => { response.socket?.end('GARBAGE\r\n\r\n'); }],
  ])('%s is answered with %d %s', async (_what, status, code, behaviour) => {
    rig.upstream.behave(behaviour);
    const answer = await raw(prompt('Hello'));
    expect(answer).toMatchObject({ status, code });
    expect(answer.body).not.toContain(CREDENTIAL);
    expect(await record()).toMatchObject({ outcome: 'failed', status, error: code, effect: 'permit' });
  });

  it('is recovered from, and its health is known', async () => {
    rig.upstream.behave((_body, response) => { response.destroy(); });
    await raw(prompt('x'));
    expect(rig.gateway.state().upstreams.find(({ id }) => id === 'u1')).toMatchObject({ state: 'failing', error: 'upstream_unreachable' });
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('x')));
    await raw(prompt('x'));
    expect(rig.gateway.state().upstreams.find(({ id }) => id === 'u1')).toMatchObject({ state: 'healthy' });
    expect(rig.gateway.state().inFlight).toBe(0);
  });

  it('refuses itself is passed on with its status and the words of its error', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, '{"error":{"message":"Slow down.","type":"tokens","code":"rate_limit_exceeded","param":null,"internal":"x"},"trace":"y"}', 429, { 'retry-after': '7' }));
    const answer = await raw(prompt('Hello'));
    expect(answer.status).toBe(429);
    expect(JSON.parse(answer.body)).toEqual({ error: { message: 'Slow down.', type: 'tokens', code: 'rate_limit_exceeded', param: null } });
    expect(answer.headers.get('retry-after')).toBe('7');
    rig.upstream.behave((_body, response) => { response.writeHead(500, { 'content-type': 'text/html' }).end(`<p>${CREDENTIAL}</p>`); });
    expect(await raw(prompt('Hello'))).toMatchObject({ status: 500, code: 'upstream_refused' });
    expect(await record()).toMatchObject({ outcome: 'failed', error: 'upstream_status_500' });
  });

  it.each<[string, string, (response: Parameters<typeof sendStream>[0]) => void]>([
    ['resets in mid-stream', 'upstream_interrupted', (response) => { sendStream(response, streamedAnswer(['One. ', 'Two. ', 'Three. ']).slice(0, 3), false); setTimeout(() => response.destroy(), 30); }],
    ['ends its stream without [DONE]', 'upstream_interrupted', (response) => { sendStream(response, streamedAnswer(['One. ', 'Two. ', 'Three. ']).slice(0, 4)); }],
    ['streams nonsense', 'upstream_invalid_response', (response) => { sendStream(response, ['data: {"a"\n\n']); }],
    ['stops in mid-stream', 'upstream_timeout', (response) => { sendStream(response, streamedAnswer(['One. ', 'Two. ', 'Three. ']).slice(0, 3), false); }],
    ['reports an error in its stream', 'upstream_error', (response) => { sendStream(response, [deltaEvent({ content: 'One. ' }), `data: {"error":{"message":"${CREDENTIAL}"}}\n\n`]); }],
    ['streams its credential', 'upstream_invalid_response', (response) => { sendStream(response, streamedAnswer([CREDENTIAL, '. '])); }],
  ])('%s ends the stream with %s', async (_what, code, behaviour) => {
    rig.upstream.behave((_body, response) => behaviour(response));
    const answer = await raw(prompt('Hello', { stream: true }));
    expect(answer.body).toContain(`"code":"${code}"`);
    expect(answer.body).not.toContain('[DONE]');
    expect(answer.body).not.toContain(CREDENTIAL);
    expect(await record()).toMatchObject({ outcome: 'failed', error: code, stream: true });
  });

  it('is down, or stands where it may not stand, is not reached', async () => {
    const { baseUrl } = rig.upstream;
    const snapshot = rig.snapshots.current();
    const call = async (entry: ReturnType<typeof upstreamEntry>) => {
      rig.snapshots.set(snapshotOf({ upstreams: [entry] }));
      return raw(prompt('Hello'));
    };
    const before = rig.upstream.seen.length;
    expect(await call(upstreamEntry('http://127.0.0.1:1/v1', { id: 'down' }))).toMatchObject({ status: 502, code: 'upstream_unreachable' });
    for (const url of [baseUrl, baseUrl.replace('127.0.0.1', 'localhost'), baseUrl.replace('127.0.0.1', '0x7f.1'), 'http://[::ffff:127.0.0.1]/v1', 'http://169.254.169.254/v1']) {
      expect(await call(upstreamEntry(url, { id: 'private', allowPrivate: false }))).toMatchObject({ status: 502, code: 'upstream_address_refused' });
    }
    expect(await call(upstreamEntry('http://169.254.169.254/v1', { id: 'metadata' }))).toMatchObject({ status: 502, code: 'upstream_address_refused' });
    expect(rig.upstream.seen).toHaveLength(before);
    rig.snapshots.set(snapshot);
  });
});

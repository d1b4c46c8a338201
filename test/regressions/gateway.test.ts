/**
 * Incidents of other gateways, replayed against ours. Each is named after its CVE or issue, so that whoever reads of one finds what
 * it would have done here.
 */
import { randomBytes } from 'node:crypto';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { ROUTES } from '../../src/gateway/data-plane.ts';
import { post, prompt, type RawAnswer } from '../../src/gateway/testing/client.ts';
import {
  chunkEvent, CREDENTIAL, DEFAULT_POLICIES, deltaEvent, KEY, sendJson, sendStream, snapshotOf, startRig, streamedAnswer, upstreamEntry, wholeAnswer, type Rig,
} from '../../src/gateway/testing/rig.ts';

/** In pieces, so that no scanner takes this file for a leak. */
const SECRET = ['AKIA', 'Q3EG', 'RTX7', 'MPL2', 'KZW5'].join('');

let rig: Rig;
/** A server of the attacker's: whatever reaches it is a failure. */
let attacker: { readonly origin: string; readonly seen: IncomingHttpHeaders[]; close(): Promise<void> };

beforeEach(async () => {
  [rig, attacker] = [await startRig(), await startAttacker()];
  rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('hello')));
});

afterEach(async () => {
  await rig.close();
  await attacker.close();
});

async function startAttacker(): Promise<typeof attacker> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    seen.push(headers);
    response.end('{}');
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** As it stands, without the tidying of paths that `fetch` does. */
function postRaw(path: string, body: string, headers: Record<string, string> = {}): Promise<Pick<RawAnswer, 'status' | 'body'>> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(rig.url);
    const call = request({ hostname, port, path, method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    call.on('error', reject).end(body);
  });
}

/** Refused for what is in it, sent nowhere, and said without repeating it. */
async function expectRefused(answer: Pick<RawAnswer, 'status' | 'body'>): Promise<void> {
  expect(answer.status).toBe(400);
  expect(answer.body).not.toContain(SECRET);
  expect(rig.upstream.seen).toHaveLength(0);
  const closed = await rig.records.lastClosed(1);
  expect(closed).toMatchObject({ outcome: 'refused', effect: 'deny', reasons: [{ code: 'secret_detected' }] });
  expect(JSON.stringify(rig.records.all) + rig.logged.join('')).not.toContain(SECRET);
}

describe('CVE-2024-6587: a client names the server to which the provider key goes', () => {
  it.each(['api_base', 'base_url', 'baseURL', 'custom_api_base', 'api_key', 'endpoint'])('%s in the body leads nowhere', async (member) => {
    const answer = await post(rig, prompt('hi', { [member]: `${attacker.origin}/v1`, litellm_params: { [member]: attacker.origin }, metadata: { [member]: attacker.origin } }), { path: `/v1/chat/completions?${member}=${encodeURIComponent(attacker.origin)}` });
    expect(answer.status).toBe(200);
    expect(rig.upstream.seen).toHaveLength(1);
    expect(attacker.seen).toEqual([]);
  });
});

describe('CVE-2025-66405: a client names the host in a header', () => {
  it('headers of gateways, of proxies and of forwarding lead nowhere and go nowhere', async () => {
    const { host } = new URL(attacker.origin);
    const headers = {
      'x-portkey-custom-host': attacker.origin, 'x-portkey-provider': 'openai', 'x-portkey-config': JSON.stringify({ custom_host: attacker.origin }),
      'x-forwarded-host': host, 'x-original-url': attacker.origin, 'x-base-url': attacker.origin, 'api-base': attacker.origin, forwarded: `host=${host}`, 'x-real-ip': '127.0.0.1',
    };
    expect((await post(rig, prompt('hi'), { headers })).status).toBe(200);
    expect((await postRaw('/v1/chat/completions', prompt('hi'), { host })).status).toBe(200);
    expect(attacker.seen).toEqual([]);
    for (const seen of rig.upstream.seen) expect(JSON.stringify(seen.headers)).not.toContain(host);
  });

  it('an absolute address in the request line leads nowhere', async () => {
    expect((await postRaw(`${attacker.origin}/v1/chat/completions`, prompt('hi'))).status).toBe(404);
    expect([...attacker.seen, ...rig.upstream.seen]).toEqual([]);
  });
});

describe('Portkey #1718: the proxy route has no validator and forwards Authorization', () => {
  it.each(['/v1/proxy/chat/completions', '/v1/proxy/x', '/proxy/v1/models', '/v1/http://127.0.0.1/'])('%s is no route', async (path) => {
    expect((await postRaw(path, prompt('hi'), { 'x-portkey-custom-host': attacker.origin })).status).toBe(404);
    expect([...attacker.seen, ...rig.upstream.seen]).toEqual([]);
    expect(await rig.records.lastClosed(1)).toMatchObject({ api: 'unclassified', outcome: 'refused', error: 'not_found' });
  });
});

describe('GHSA-g53w-w6mj-hrpp: a header sets the authority', () => {
  it('the upstream is called by its own name', async () => {
    await post(rig, prompt('hi'), { headers: { ':authority': 'x' } }).catch(() => undefined);
    await postRaw('/v1/chat/completions', prompt('hi'), { host: 'internal.example', authority: 'internal.example' });
    expect(new URL(rig.upstream.baseUrl).host).toBe(rig.upstream.seen[0]?.headers.host);
  });
});

describe('CVE-2026-35030: a cache of tokens is looked up by their first twenty characters', () => {
  it('a key that differs in its last character is another key, also right after the real one', async () => {
    expect((await post(rig, prompt('hi'))).status).toBe(200);
    for (const wrong of [`${KEY.slice(0, -1)}x`, KEY.slice(0, 20), `${KEY}k`, `${KEY.slice(0, 20)}${'z'.repeat(KEY.length - 20)}`]) {
      expect(await post(rig, prompt('hi'), { headers: { authorization: `Bearer ${wrong}` } })).toMatchObject({ status: 401, code: 'invalid_api_key' });
    }
    expect(rig.upstream.seen).toHaveLength(1);
  });
});

describe('CVE-2026-42208: the key is put into SQL', () => {
  it.each(["' OR 1=1 --", "sp_' UNION SELECT 1--", '"; drop table identity.key; --', '%', '*', '\\', '${7*7}', '{{7*7}}'])('%s is an unknown key', async (key) => {
    expect(await post(rig, prompt('hi'), { headers: { authorization: `Bearer ${key}` } })).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(await post(rig, prompt('hi'), { headers: { authorization: '', 'x-api-key': key } })).toMatchObject({ status: 401 });
  });
});

describe('CVE-2026-42203, CVE-2026-40217, CVE-2026-42271, CVE-2026-30623: code, templates and commands from a request', () => {
  it.each(['/prompts/test', '/guardrails/test_custom_code', '/mcp-rest/test/connection', '/mcp-rest/test/tools/list', '/v1/mcp/server', '/v1/prompts', '/config/update', '/key/generate', '/health/test_connection'])('%s is no route', async (path) => {
    const body = JSON.stringify({ model: 'm1', code: 'process.exit(1)', template: '{{ 7*7 }}', command: 'sh', args: ['-c', 'id'], messages: [{ role: 'user', content: 'hi' }] });
    expect((await post(rig, body, { path })).status).toBe(404);
    expect(rig.upstream.seen).toEqual([]);
  });

  it('templates in a prompt reach the model as they are', async () => {
    const text = '{{ config.__class__ }} ${7*7} <%= 7*7 %> #{7*7}';
    await post(rig, prompt(text));
    expect(JSON.parse(rig.upstream.seen[0]?.body ?? '')).toMatchObject({ messages: [{ content: text }] });
  });
});

describe('bifrost #3954: the provider\'s key comes back in response headers', () => {
  it('no header of the upstream but those that callers\' libraries act on, and none that holds the key', async () => {
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('hello'), 200, {
      'x-goog-api-key': CREDENTIAL, authorization: `Bearer ${CREDENTIAL}`, 'x-request-url': `https://x/?key=${CREDENTIAL}`, 'retry-after': CREDENTIAL, 'x-ratelimit-reset-tokens': CREDENTIAL,
      'set-cookie': `session=${CREDENTIAL}`, 'openai-organization': 'org-of-the-operator', server: 'inside', 'x-ratelimit-remaining-requests': '7',
    }));
    const { headers, status } = await post(rig, prompt('hi'));
    const all = JSON.stringify([...headers]);
    expect(status).toBe(200);
    expect(all).not.toContain(CREDENTIAL);
    expect(all).not.toContain('org-of-the-operator');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('7');
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('litellm #30670, #31620, PR#39964, PR#39293: keys in errors, logs and audit rows', () => {
  it('neither the caller\'s key nor the provider\'s stands in anything that is written or said', async () => {
    const key = `sp_${randomBytes(32).toString('base64url')}`;
    const snapshot = snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)] });
    rig.snapshots.set(snapshotOf({ ...snapshot.sections, keys: snapshot.sections.keys.map((entry) => ({ ...entry, hash: sha256Hex(key) })) }));
    const said: string[] = [];
    const say = async (body: string, init: Parameters<typeof post>[2] = {}) => {
      const answer = await post(rig, body, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
      said.push(answer.body, JSON.stringify([...answer.headers]));
    };
    const failures: Parameters<Rig['upstream']['behave']>[0][] = [
      (_body, response) => sendJson(response, JSON.stringify({ error: { message: `Incorrect API key provided: ${CREDENTIAL}`, type: 'x', code: null, param: null } }), 401),
      (_body, response) => sendJson(response, JSON.stringify({ error: { message: `bad call with ${CREDENTIAL}`, type: 'x', code: null, param: null } }), 400),
      (_body, response) => sendJson(response, wholeAnswer(CREDENTIAL)),
      (_body, response) => sendJson(response, `not json ${CREDENTIAL}`),
      (_body, response) => { response.destroy(); },
    ];
    for (const behaviour of failures) {
      rig.upstream.behave(behaviour);
      await say(prompt('hi'));
      await say(prompt('hi', { stream: true }));
    }
    await say('not json');
    await say(prompt('hi'), { path: `/v1/chat/completions?key=${key}` });
    await say(prompt('hi'), { path: `/v1/${key}` });
    await say(prompt('hi', { model: key }));
    await say(prompt('hi'), { headers: { 'x-request-id': key } });
    const written = JSON.stringify(rig.records.all) + rig.logged.join('');
    expect(rig.records.all.length).toBeGreaterThan(10);
    for (const secret of [key, CREDENTIAL]) {
      expect(written).not.toContain(secret);
      expect(said.join('')).not.toContain(secret);
    }
  });
});

describe('litellm #30728: a guard that fails lets everything through', () => {
  it('a policy that cannot be read denies', async () => {
    rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)], policies: [...DEFAULT_POLICIES, { id: 'p', name: 'broken', cedar: 'permit(', mode: 'observe', sharePercent: 100 }] }));
    expect((await post(rig, prompt('hi'))).status).toBe(400);
    expect(await rig.records.lastClosed(1)).toMatchObject({ reasons: [{ code: 'policy_error' }] });
    expect(rig.upstream.seen).toEqual([]);
  });

  it('detectors that cannot be built refuse', async () => {
    rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)], detectors: { disabled: 7 as never } }));
    expect(await post(rig, prompt('hi'))).toMatchObject({ status: 503, code: 'snapshot_unusable' });
    expect(rig.upstream.seen).toEqual([]);
  });

  it('records that cannot be written refuse', async () => {
    rig.records.refuseNew = new Error('the disk is gone');
    expect((await post(rig, prompt('hi'))).status).toBe(500);
    expect(rig.upstream.seen).toEqual([]);
  });
});

describe('litellm PR#35818: an alias of a route is not scanned', () => {
  it.each([
    '/openai/v1/responses', '/openai/v1/chat/completions', '/chat/completions', '/v1//chat/completions', '//v1/chat/completions', '/v1/chat/completions/', '/V1/chat/completions', '/v1/chat%2fcompletions',
    '/v1/./chat/completions', '/v1/x/../chat/completions', '/v1/chat/completions;x=1', '/v1/engines/m1/chat/completions', '/anthropic/v1/messages', '/v1/messages/', '/v1/messages/batches',
  ])('%s is no route', async (path) => {
    expect((await postRaw(path, prompt(SECRET))).status).toBe(404);
    expect(rig.upstream.seen).toEqual([]);
  });

  it.each(ROUTES.filter(({ method }) => method === 'POST').map(({ path }) => path))('%s is scanned, whole and streamed', async (path) => {
    const body = (stream: boolean) => JSON.stringify({ model: 'm1', max_tokens: 9, input: SECRET, prompt: SECRET, messages: [{ role: 'user', content: SECRET }], ...(stream ? { stream } : {}) });
    await expectRefused(await post(rig, body(false), { path }));
    const streamed = await post(rig, body(true), { path });
    expect(streamed.status).toBe(400);
    expect(rig.upstream.seen).toEqual([]);
  });

  it.each(ROUTES)('$method $path asks for a key and is recorded', async ({ method, path }) => {
    const answer = await post(rig, method === 'POST' ? prompt('hi') : undefined, { method, path: path.replace('*', 'm1'), headers: { authorization: 'Bearer nobody' } });
    expect(answer.status).toBe(401);
    expect(await rig.records.lastClosed(1)).toMatchObject({ outcome: 'refused', error: 'invalid_api_key' });
  });
});

describe('Bifrost PR#7323: a forged x-request-id suppresses billing, resource ids traverse paths', () => {
  it('each call has an id and a record of its own, whatever the caller says', async () => {
    const answers = [await post(rig, prompt('hi'), { headers: { 'x-request-id': 'forged' } }), await post(rig, prompt('hi'), { headers: { 'x-request-id': 'forged' } })];
    await rig.records.lastClosed(2);
    const closed = rig.records.all.filter(({ phase }) => phase === 'closed');
    expect(new Set(closed.map(({ exchange }) => exchange)).size).toBe(2);
    expect(closed.map(({ clientRequestId }) => clientRequestId)).toEqual(['forged', 'forged']);
    for (const { headers } of answers) expect(headers.get('x-request-id')).toMatch(/^exc_/);
  });

  it('a model leads to no other path', async () => {
    const azure = upstreamEntry(rig.upstream.baseUrl, { kind: 'azure-openai', apiVersion: '2024-10-21', models: ['../../admin?x=', 'm1'] });
    rig.snapshots.set(snapshotOf({ upstreams: [azure] }));
    await post(rig, prompt('hi', { model: '../../admin?x=' }));
    expect(rig.upstream.seen[0]?.url).toBe('/v1/deployments/..%2F..%2Fadmin%3Fx%3D/chat/completions?api-version=2024-10-21');
    expect((await post(rig, prompt('hi', { model: 'm1/../../x' }))).status).toBe(404);
    expect((await post(rig, undefined, { method: 'GET', path: '/v1/models/..%2f..%2fhealthz' })).status).toBe(404);
    expect(rig.upstream.seen).toHaveLength(1);
  });
});

describe('Portkey 1.15.2: one regular expression of a caller stops the process', () => {
  it('patterns of callers are not run', async () => {
    const config = JSON.stringify({ input_guardrails: [{ 'default.regexMatch': { rule: '(a+)+$' }, deny: true }], before_request_hooks: [{ rule: '(a+)+$' }] });
    const begun = performance.now();
    const [answer, beside] = await Promise.all([
      post(rig, prompt(`${'a'.repeat(50_000)}!`, { guardrails: [{ regex: '(a+)+$' }] }), { headers: { 'x-portkey-config': config } }),
      post(rig, prompt('hi')),
    ]);
    expect([answer.status, beside.status]).toEqual([200, 200]);
    // 38 s there; a matter of milliseconds here, and this machine may be busy.
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('Portkey 1.15.2: only the last message is read, and only its text', () => {
  const user = (content: unknown) => ({ role: 'user', content });
  it.each<[string, object]>([
    ['an earlier message', { messages: [user(SECRET), { role: 'assistant', content: 'ok' }, user('hi')] }],
    ['the system message', { messages: [{ role: 'system', content: SECRET }, user('hi')] }],
    ['the arguments of a tool', { messages: [{ role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: JSON.stringify({ key: SECRET }) } }] }, user('hi')] }],
    ['the result of a tool', { messages: [{ role: 'tool', tool_call_id: 'c', content: SECRET }, user('hi')] }],
    ['the definition of a tool', { messages: [user('hi')], tools: [{ type: 'function', function: { name: 'f', description: SECRET, parameters: {} } }] }],
    ['one of many parts', { messages: [user([{ type: 'text', text: 'hi' }, { type: 'text', text: SECRET }, { type: 'text', text: 'hi' }])] }],
    ['a member that nobody knows', { messages: [user('hi')], x: { y: [{ z: SECRET }] } }],
    ['the name of a member', { messages: [user('hi')], x: { [SECRET]: 1 } }],
  ])('%s', async (_place, members) => {
    await expectRefused(await post(rig, JSON.stringify({ model: 'm1', ...members })));
  });

  it('who sends no configuration is guarded all the same, and none of the caller\'s takes a guard away', async () => {
    const headers = { 'x-portkey-config': '{"input_guardrails":[]}', 'x-guardrails': 'off', 'x-sallyport-decision': 'permit', 'x-sallyport-inspection': 'none' };
    await expectRefused(await post(rig, prompt(SECRET, { guardrails: [], disable_global_guardrail: true }), { headers }));
  });

  it('an answer that passes is the upstream\'s, byte by byte, without results of guards', async () => {
    expect((await post(rig, prompt('hi'))).body).toBe(wholeAnswer('hello'));
  });

  it('every choice of an answer is read, not the first alone', async () => {
    const choice = (index: number, content: string) => ({ index, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' });
    rig.upstream.behave((_body, response) => sendJson(response, JSON.stringify({ ...JSON.parse(wholeAnswer('')) as object, choices: [choice(0, 'fine'), choice(1, SECRET)] })));
    const answer = await post(rig, prompt('hi', { n: 2 }));
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain(SECRET);
  });
});

describe('litellm #42476, Portkey 1.15.2, aisix #204: what is forbidden passes when it is streamed', () => {
  const pieces = [...SECRET];
  it('in the text, letter by letter', async () => {
    rig.upstream.behave((_body, response) => sendStream(response, streamedAnswer(['the key is ', ...pieces, ' keep it'])));
    const { body } = await post(rig, prompt('hi', { stream: true }));
    expect(textOf(body)).not.toContain(SECRET.slice(0, 8));
    expect(body).toContain('"error"');
    expect(body).not.toContain('[DONE]');
  });

  it('in the arguments of a tool, and in the second choice', async () => {
    const call = (piece: string) => deltaEvent({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: piece } }] });
    rig.upstream.behave((_body, response) => sendStream(response, [...['{"key":"', ...pieces, '"}'].map(call), 'data: [DONE]\n\n']));
    expect(joined((await post(rig, prompt('hi', { stream: true }))).body, /"arguments":"((?:[^"\\]|\\.)*)"/g)).not.toContain(SECRET.slice(0, 8));
    rig.upstream.behave((_body, response) => sendStream(response, [...pieces.map((piece) => deltaEvent({ content: piece }, null, 1)), chunkEvent({ choices: [] }), 'data: [DONE]\n\n']));
    expect(textOf((await post(rig, prompt('hi', { stream: true }))).body)).not.toContain(SECRET.slice(0, 8));
  });

  const textOf = (body: string): string => joined(body, /"content":"((?:[^"\\]|\\.)*)"/g);
  const joined = (body: string, pattern: RegExp): string => [...body.matchAll(pattern)].map(([, piece]) => piece).join('');
});

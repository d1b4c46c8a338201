import { createServer } from 'node:net';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyEntry, UpstreamEntry } from '../shapes.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { failureOf, post, prompt } from './testing/client.ts';
import { DEFAULT_POLICIES, KEY, sendJson, sendStream, snapshotOf, startRig, startTestUpstream, streamedAnswer, upstreamEntry, wholeAnswer, type Rig, type TestUpstream } from './testing/rig.ts';

const FIRST = { id: 'u1', name: 'first' };
const SECOND = { id: 'u2', name: 'second', priority: 1 };

let rig: Rig;
let second: TestUpstream;

/** Two upstreams for one model; `changes` go to the first. */
function use(changes: Partial<UpstreamEntry> = {}, policies: readonly PolicyEntry[] = DEFAULT_POLICIES, more: Partial<UpstreamEntry> = {}): void {
  const upstreams = [upstreamEntry(rig.upstream.baseUrl, { ...FIRST, ...changes }), upstreamEntry(second.baseUrl, { ...SECOND, ...more })];
  rig.snapshots.set(snapshotOf({ upstreams, policies, credentials: { upstreams: { u1: 'sealed' }, maskingKey: 'sealed' } }));
}

beforeEach(async () => {
  [rig, second] = [await startRig({ random: () => 0, limits: { circuit: DEFAULT_LIMITS.circuit } }), await startTestUpstream()];
  rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('from the first')));
  second.behave((_body, response) => sendJson(response, wholeAnswer('from the second')));
  use();
});

afterEach(async () => {
  await rig.close();
  await second.close();
});

const refuse = (status: number, headers: Record<string, string> = {}) => rig.upstream.behave((_body, response) => sendJson(response, JSON.stringify({ error: { message: 'no', type: 'x', param: null, code: null } }), status, headers));
const states = () => Object.fromEntries(rig.gateway.state().upstreams.map(({ name, state, circuit }) => [name, `${state} ${circuit}`]));

describe('fallback', () => {
  it('goes to the lower priority first, and says nothing of others', async () => {
    const answer = await post(rig, prompt('hello'));
    expect(answer).toMatchObject({ status: 200, body: wholeAnswer('from the first') });
    const record = await rig.records.lastClosed(1);
    expect(record).toMatchObject({ upstream: 'first', fallbacks: ['second'] });
    expect(record.attempts).toBeUndefined();
    expect(second.seen).toHaveLength(0);
  });

  it.each([500, 503, 429, 401, 403, 529])('hides a status %i of the first behind the second', async (status) => {
    refuse(status);
    const answer = await post(rig, prompt('hello'));
    expect(answer.body).toBe(wholeAnswer('from the second'));
    expect(await rig.records.lastClosed(1)).toMatchObject({
      outcome: 'answered', upstream: 'second', attempts: [{ upstream: 'first', code: `upstream_status_${status}` }, { upstream: 'second', code: 'answered' }],
    });
    expect(rig.records.all.filter(({ phase }) => phase === 'opened')).toHaveLength(1);
  });

  it.each([400, 404, 422])('leaves a status %i, which is the caller\'s own, as it is', async (status) => {
    refuse(status);
    expect((await post(rig, prompt('hello'))).status).toBe(status);
    expect(second.seen).toHaveLength(0);
  });

  it('hides one that cannot be reached, one that hangs up and one that is silent', async () => {
    const closed = createServer();
    const port = await new Promise<number>((resolve) => { closed.listen(0, '127.0.0.1', () => resolve((closed.address() as { port: number }).port)); });
    await new Promise((resolve) => { closed.close(resolve); });
    use({ baseUrl: `http://127.0.0.1:${port}/v1` });
    expect((await post(rig, prompt('hello'))).status).toBe(200);
    expect((await rig.records.lastClosed(1)).attempts?.[0]).toMatchObject({ upstream: 'first', code: 'upstream_unreachable' });
    use();
    rig.upstream.behave((_body, response) => { response.destroy(); });
    expect((await post(rig, prompt('hello'))).status).toBe(200);
    use({ timeouts: { connectMs: 1_000, firstByteMs: 100, idleMs: 900, totalMs: 20_000 } });
    rig.upstream.behave(() => {});
    expect((await post(rig, prompt('hello'))).status).toBe(200);
    expect((await rig.records.lastClosed(3)).attempts?.[0]).toMatchObject({ upstream: 'first', code: 'upstream_timeout' });
  });

  it('streams from the second as if there had been no first, and never changes over once a stream has begun', async () => {
    refuse(503);
    second.behave((_body, response) => sendStream(response, streamedAnswer(['from ', 'the second'])));
    const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: KEY, maxRetries: 0 });
    const ask = () => client.chat.completions.create({ model: 'm1', messages: [{ role: 'user', content: 'hello' }], stream: true });
    let text = '';
    for await (const chunk of await ask()) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('from the second');
    rig.upstream.behave((_body, response) => {
      sendStream(response, streamedAnswer(['from ', 'the first']).slice(0, 2), false);
      setImmediate(() => response.destroy());
    });
    const before = second.seen.length;
    const failure = await failureOf((async () => { for await (const _chunk of await ask()); })());
    expect(failure.code).toBe('upstream_interrupted');
    expect(second.seen).toHaveLength(before);
  });

  it('gives the last failure when all of them fail', async () => {
    refuse(503);
    second.behave((_body, response) => sendJson(response, JSON.stringify({ error: { message: 'slow down', type: 'x', param: null, code: 'busy' } }), 429, { 'retry-after': '7' }));
    const answer = await post(rig, prompt('hello'));
    expect(answer).toMatchObject({ status: 429, code: 'busy' });
    expect(answer.headers.get('retry-after')).toBe('7');
    expect((await rig.records.lastClosed(1)).attempts?.map(({ code }) => code)).toEqual(['upstream_status_503', 'upstream_status_429']);
  });

  it('masks for each as policy says of it, and restores what the one that answered was given', async () => {
    const raw: PolicyEntry = {
      id: 'p', name: 'own-models-see-all', mode: 'enforce', sharePercent: 100,
      cedar: `@id("own-models-see-all") permit(principal, action, resource) when { resource.upstream == "second" };
        @id("others-see-placeholders") @obligation("mask") @labels("personal_data") permit(principal, action, resource) when { resource.upstream != "second" };`,
    };
    use({}, [raw]);
    refuse(503);
    second.behave((body, response) => sendJson(response, wholeAnswer(JSON.stringify((JSON.parse(body) as { messages: { content: string }[] }).messages[0]?.content))));
    const answer = await post(rig, prompt('write to ada@example.org'));
    expect(rig.upstream.seen[0]?.body).not.toContain('ada@example.org');
    expect(second.seen[0]?.body).toContain('ada@example.org');
    expect(answer.body).toContain('ada@example.org');
    expect(await rig.records.lastClosed(1)).toMatchObject({ upstream: 'second', masked: 0, restored: 0 });
  });

  it('drops the caller\'s going away into no other upstream', async () => {
    const gone = new AbortController();
    rig.upstream.behave(() => gone.abort());
    await expect(fetch(`${rig.url}/v1/chat/completions`, { method: 'POST', body: prompt('hello'), signal: gone.signal, headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' } })).rejects.toThrow();
    expect(await rig.records.lastClosed(1)).toMatchObject({ outcome: 'aborted' });
    expect(second.seen).toHaveLength(0);
  });
});

describe('choice by data class', () => {
  const ONLY_SECOND: PolicyEntry = {
    id: 'own', name: 'personal-data-stays-here', mode: 'enforce', sharePercent: 100,
    cedar: `@id("personal-data-stays-here") @reason("not_this_upstream")
      forbid(principal, action, resource) when { context.direction == Direction::"request" && context.labels.contains(Label::"personal_data") && resource.upstream != "second" };`,
  };

  it('sends personal data to the upstream that policy allows for it, and all else by priority', async () => {
    use({}, [...DEFAULT_POLICIES, ONLY_SECOND]);
    expect((await post(rig, prompt('write to ada@example.org'))).body).toBe(wholeAnswer('from the second'));
    expect(await rig.records.lastClosed(1)).toMatchObject({ upstream: 'second', attempts: [{ upstream: 'first', code: 'not_permitted', ms: 0 }, { upstream: 'second', code: 'answered' }] });
    expect(rig.upstream.seen).toHaveLength(0);
    expect((await post(rig, prompt('hello'))).body).toBe(wholeAnswer('from the first'));
  });

  it('never falls back to one that policy denies', async () => {
    use({}, [...DEFAULT_POLICIES, ONLY_SECOND]);
    second.behave((_body, response) => { response.destroy(); });
    expect((await post(rig, prompt('write to ada@example.org'))).code).toBe('upstream_unreachable');
    expect(rig.upstream.seen).toHaveLength(0);
  });

  it('refuses when policy denies all of them', async () => {
    use({}, [...DEFAULT_POLICIES, { ...ONLY_SECOND, cedar: ONLY_SECOND.cedar.replace('"second"', '"third"') }]);
    const answer = await post(rig, prompt('write to ada@example.org'));
    expect(answer).toMatchObject({ status: 400, code: 'content_policy_violation' });
    expect(await rig.records.lastClosed(1)).toMatchObject({ outcome: 'refused', effect: 'deny', reasons: [{ code: 'not_this_upstream' }] });
    expect([...rig.upstream.seen, ...second.seen]).toEqual([]);
  });
});

describe('retries', () => {
  it('sends to the same upstream as often as it is set to, then to the next', async () => {
    use({ attempts: 3 });
    refuse(503, { 'retry-after-ms': '1' });
    await post(rig, prompt('hello'));
    expect(rig.upstream.seen).toHaveLength(3);
    expect((await rig.records.lastClosed(1)).attempts?.map(({ upstream, code }) => `${upstream} ${code}`)).toEqual(['first upstream_status_503', 'first upstream_status_503', 'first upstream_status_503', 'second answered']);
  });

  it('waits for nobody who asks for long, and sends again nothing that failed for good', async () => {
    use({ attempts: 3 });
    refuse(429, { 'retry-after': '30' });
    await post(rig, prompt('hello'));
    expect(rig.upstream.seen).toHaveLength(1);
    refuse(500);
    await post(rig, prompt('hello'));
    expect(rig.upstream.seen).toHaveLength(2);
  });

  it('leaves retries to the caller\'s library unless told otherwise', async () => {
    rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)] }));
    refuse(503, { 'retry-after-ms': '1' });
    const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: KEY, maxRetries: 2 });
    expect((await failureOf(client.chat.completions.create({ model: 'm1', messages: [{ role: 'user', content: 'hello' }] }))).status).toBe(503);
    expect(rig.upstream.seen).toHaveLength(3);
  });
});

describe('circuit and bulkhead', () => {
  it('leaves an upstream alone that goes on failing, tells so, and comes back to it', async () => {
    let at = Date.now();
    await rig.close();
    rig = await startRig({ random: () => 0, clock: { now: () => at }, limits: { circuit: DEFAULT_LIMITS.circuit } });
    use();
    refuse(503);
    for (let n = 0; n < 8; n++) expect((await post(rig, prompt('hello'))).status).toBe(200);
    expect(rig.upstream.seen).toHaveLength(5);
    expect(states()).toEqual({ first: 'failing open', second: 'healthy closed' });
    expect((await rig.records.lastClosed(8)).attempts).toEqual([{ upstream: 'first', code: 'upstream_circuit_open', ms: 0 }, { upstream: 'second', code: 'answered', ms: expect.any(Number) as number }]);
    at += 2_000;
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('from the first')));
    expect((await post(rig, prompt('hello'))).body).toBe(wholeAnswer('from the first'));
    expect(states()).toEqual({ first: 'healthy closed', second: 'healthy closed' });
  });

  it('refuses with 503 where the only upstream is left alone', async () => {
    rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)] }));
    refuse(500);
    for (let n = 0; n < 5; n++) expect((await post(rig, prompt('hello'))).status).toBe(500);
    expect(await post(rig, prompt('hello'))).toMatchObject({ status: 503, code: 'upstream_circuit_open' });
    expect(rig.upstream.seen).toHaveLength(5);
    expect(await rig.records.lastClosed(6)).toMatchObject({ outcome: 'failed', upstream: 'local', error: 'upstream_circuit_open' });
  });

  it('is not opened by what callers bring about', async () => {
    rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)] }));
    refuse(400);
    for (let n = 0; n < 7; n++) expect((await post(rig, prompt('hello'))).status).toBe(400);
    rig.upstream.behave((_body, response) => sendJson(response, 'not json'));
    for (let n = 0; n < 7; n++) expect((await post(rig, prompt('hello'))).code).toBe('upstream_invalid_response');
    expect(states()).toEqual({ local: 'healthy closed' });
  });

  it('lets no more calls go at a time than the bulkhead holds; the others go on to the next', async () => {
    use({ maxInFlight: 1 });
    const { promise: arrived, resolve } = Promise.withResolvers<() => void>();
    rig.upstream.behave((_body, response) => resolve(() => sendJson(response, wholeAnswer('from the first'))));
    const slow = post(rig, prompt('hello'));
    const finish = await arrived;
    expect((await post(rig, prompt('hello'))).body).toBe(wholeAnswer('from the second'));
    expect((await rig.records.lastClosed(1)).attempts?.[0]).toMatchObject({ upstream: 'first', code: 'upstream_saturated' });
    finish();
    expect((await slow).body).toBe(wholeAnswer('from the first'));
  });
});

describe('kinds', () => {
  it('calls each as its table says', async () => {
    const seen = () => rig.upstream.seen.at(-1);
    const root = rig.upstream.baseUrl.replace(/\/v1$/, '');
    const only = (changes: Partial<UpstreamEntry>) => rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(root, changes)] }));
    only({ kind: 'azure-openai', baseUrl: `${root}/openai/v1` });
    await post(rig, prompt('hello'));
    expect(seen()).toMatchObject({ url: '/openai/v1/chat/completions', headers: { 'api-key': expect.stringContaining('upstream-credential') as string } });
    expect(seen()?.headers.authorization).toBeUndefined();
    only({ kind: 'azure-openai', baseUrl: `${root}/openai`, apiVersion: '2024-10-21', models: ['my gpt/4'] });
    await post(rig, prompt('hello', { model: 'my gpt/4' }));
    expect(seen()?.url).toBe('/openai/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21');
    only({ kind: 'openai', baseUrl: `${root}/v1` });
    await post(rig, prompt('hello'), { headers: { 'openai-beta': 'assistants=v2', 'openai-organization': 'org-1', cookie: 'a=b' } });
    expect(seen()).toMatchObject({ url: '/v1/chat/completions', headers: { authorization: expect.stringMatching(/^Bearer upstream-credential/) as string, 'openai-beta': 'assistants=v2' } });
    expect(Object.keys(seen()?.headers ?? {})).not.toContain('openai-organization');
    expect(Object.keys(seen()?.headers ?? {})).not.toContain('cookie');
  });

  it('sends no words of the caller in headers that were not looked at', async () => {
    rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl, { kind: 'openai' })] }));
    expect(await post(rig, prompt('hello'), { headers: { 'openai-beta': '4111 1111 1111 1111' } })).toMatchObject({ status: 400, code: 'header_refused' });
    expect(await post(rig, prompt('hello'), { headers: { 'openai-beta': '<script>' } })).toMatchObject({ status: 400, code: 'header_refused' });
    expect(rig.upstream.seen).toHaveLength(0);
  });

  it('refuses an API that no upstream of the model speaks, and says so', async () => {
    rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl, { kind: 'anthropic' })] }));
    const answer = await post(rig, prompt('hello'));
    expect(answer).toMatchObject({ status: 404, code: 'model_not_found' });
    expect(answer.body).toContain('do not speak this API');
  });

  it('takes a model that names its upstream literally', async () => {
    expect((await post(rig, prompt('hello', { model: 'second/m1' }))).body).toBe(wholeAnswer('from the second'));
    expect(JSON.parse(second.seen[0]?.body ?? '')).toMatchObject({ model: 'm1' });
    second.behave((_body, response) => { response.destroy(); });
    expect((await post(rig, prompt('hello', { model: 'second/m1' }))).code).toBe('upstream_unreachable');
    expect(rig.upstream.seen).toHaveLength(0);
  });
});

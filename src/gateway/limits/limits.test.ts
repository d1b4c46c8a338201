/** Limits on the whole data path, as the OpenAI library meets them. */
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LimitEntry, LimitsSection } from '../../shapes.ts';
import type { BudgetLeaseRequest } from '../protocol.ts';
import { failureOf, post, prompt } from '../testing/client.ts';
import { KEY, sendJson, sendStream, snapshotOf, startRig, streamedAnswer, upstreamEntry, wholeAnswer, type Rig } from '../testing/rig.ts';

const limit = (changes: Partial<LimitEntry>): LimitEntry => ({
  id: `limit-${JSON.stringify(changes)}`, name: 'test-limit', scope: 'key', subject: null, measure: 'requests', amount: 2, period: 'minute', currency: null, unknownPrice: 'refuse', ...changes,
});
const budget = (amount: number, changes: Partial<LimitEntry> = {}): LimitEntry => limit({ measure: 'tokens', amount, period: 'month', ...changes });
const PRICES: LimitsSection['prices'] = [{ model: 'm1', currency: 'USD', input: 1_000_000, output: 2_000_000 }];

let rig: Rig;
/** Control's grants: all that is wished for, up to `left`. */
let left: number;
let isControlAway: boolean;
let declared: BudgetLeaseRequest[];
beforeEach(async () => {
  left = Number.MAX_SAFE_INTEGER;
  isControlAway = false;
  declared = [];
  rig = await startRig({
    leaseBudgets: async (request) => {
      if (isControlAway) throw new Error('away');
      declared.push(request);
      return request.leases.map(({ wanted, spent }) => Math.max(spent, Math.min(wanted, left)));
    },
  });
  rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('fine')));
});
afterEach(() => rig.close());

const enforce = (limits: readonly LimitEntry[], prices = PRICES): void =>
  rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)], limits: { limits, prices } }));
const clientWith = (maxRetries: number): OpenAI => new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries });
const ask = (client: OpenAI, members: object = {}) => client.chat.completions.create({ model: 'm1', messages: [{ role: 'user', content: 'hello' }], ...members });
const closed = () => rig.records.all.filter((record) => record.phase === 'closed');

describe('a rate', () => {
  it('is refused beyond its limit with 429 and when to try again, in numbers that the library obeys', async () => {
    enforce([limit({ amount: 2 })]);
    for (let call = 0; call < 2; call++) await ask(clientWith(0));
    const answer = await post(rig, prompt('hello'));
    expect(answer).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    const waitMs = Number(answer.headers.get('retry-after-ms'));
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    expect(Number(answer.headers.get('retry-after'))).toBe(Math.ceil(waitMs / 1_000));
    expect(await failureOf(ask(clientWith(0)))).toMatchObject({ status: 429, code: 'rate_limit_exceeded', message: expect.stringContaining('test-limit') as unknown });
    expect(rig.upstream.seen).toHaveLength(2);
    expect(closed().at(-1)).toMatchObject({ outcome: 'refused', status: 429, error: 'rate_limit_exceeded' });
  });

  it('of a second lets the library come through by waiting as it is told', async () => {
    enforce([limit({ amount: 1, period: 'second' })]);
    await ask(clientWith(0));
    const begun = performance.now();
    await ask(clientWith(2));
    expect(performance.now() - begun).toBeGreaterThan(300);
    expect(rig.upstream.seen).toHaveLength(2);
  });

  it('of an hour is not tried again: the library would not wait so long', async () => {
    enforce([limit({ amount: 1, period: 'hour' })]);
    await ask(clientWith(0));
    await failureOf(ask(clientWith(2)));
    expect(closed()).toHaveLength(2);
  });

  it('of tokens counts what the upstream says that it used', async () => {
    enforce([limit({ measure: 'tokens', amount: 100 })]);
    // An answer has 16 tokens; a call of 60 bytes reserves about 30 and 10.
    let answered = 0;
    for (let call = 0; call < 10; call++) {
      const { status } = await post(rig, prompt('hello', { max_tokens: 10 }));
      if (status === 200) answered++;
    }
    expect(answered).toBeGreaterThanOrEqual(4);
    expect(answered).toBeLessThanOrEqual(6);
  });

  it('binds the key that it names and no other, and is lifted with the configuration', async () => {
    enforce([limit({ subject: 'another-key', amount: 1 })]);
    for (let call = 0; call < 3; call++) await ask(clientWith(0));
    enforce([limit({ subject: 'key-1', amount: 1 })]);
    await ask(clientWith(0));
    expect(await failureOf(ask(clientWith(0)))).toMatchObject({ status: 429 });
    enforce([]);
    await ask(clientWith(0));
  });
});

describe('calls at a time', () => {
  it('are refused beyond the limit, and a place is free when a call has ended', async () => {
    enforce([limit({ measure: 'concurrency', amount: 1, period: null })]);
    const begun = Promise.withResolvers<() => void>();
    rig.upstream.behave((_body, response) => begun.resolve(() => sendJson(response, wholeAnswer('fine'))));
    const first = ask(clientWith(0));
    const finish = await begun.promise;
    const second = await post(rig, prompt('hello'));
    expect(second).toMatchObject({ status: 429, code: 'concurrency_limit_exceeded' });
    expect(second.headers.get('retry-after')).toBe('1');
    finish();
    await first;
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('fine')));
    await ask(clientWith(0));
  });

  it('give their place back also when the upstream fails', async () => {
    enforce([limit({ measure: 'concurrency', amount: 1, period: null })]);
    rig.upstream.behave((_body, response) => response.destroy());
    expect((await post(rig, prompt('hello'))).status).toBe(502);
    expect((await post(rig, prompt('hello'))).status).toBe(502);
  });
});

describe('a budget', () => {
  it('is refused when it is spent, with a code that no retry follows', async () => {
    left = 0;
    enforce([budget(10_000)]);
    expect(await failureOf(ask(clientWith(2)))).toMatchObject({ status: 403, code: 'budget_exceeded' });
    expect(closed()).toHaveLength(1);
    const answer = await post(rig, prompt('hello'));
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(JSON.parse(answer.body)).toMatchObject({ error: { type: 'insufficient_quota', code: 'budget_exceeded' } });
    expect(rig.upstream.seen).toHaveLength(0);
  });

  it('is charged with what was used, not with what was set aside', async () => {
    enforce([budget(1_000_000)]);
    await ask(clientWith(0), { max_tokens: 500 });
    await ask(clientWith(0), { max_tokens: 500 });
    await rig.gateway.close();
    expect(declared.at(-1)?.leases[0]).toMatchObject({ spent: 32, wanted: 32, period: new Date().toISOString().slice(0, 7) });
  });

  it('is not charged for a call that the upstream did not take', async () => {
    enforce([budget(1_000_000)]);
    rig.upstream.behave((_body, response) => sendJson(response, JSON.stringify({ error: { message: 'no' } }), 400));
    expect((await post(rig, prompt('hello'))).status).toBe(400);
    await rig.gateway.close();
    expect(declared.at(-1)?.leases[0]).toMatchObject({ spent: 0, wanted: 0 });
  });

  it('goes on with what is held while control is away, and is unavailable beyond it', async () => {
    // A slice is a hundredth: 1,000 tokens.
    enforce([budget(100_000)]);
    await ask(clientWith(0), { max_tokens: 10 });
    isControlAway = true;
    let answered = 0;
    let last: Awaited<ReturnType<typeof post>> | undefined;
    for (let call = 0; call < 100; call++) {
      last = await post(rig, prompt('hello', { max_tokens: 10 }));
      if (last.status !== 200) break;
      answered++;
    }
    expect(answered).toBeGreaterThan(50);
    expect(last).toMatchObject({ status: 503, code: 'budget_unavailable' });
  });

  it('of money is spent by the price table, and refuses what has no price unless it may', async () => {
    enforce([budget(1_000_000, { measure: 'money', currency: 'USD' })]);
    await ask(clientWith(0));
    expect(closed().at(-1)).toMatchObject({ usage: { inputTokens: 9, outputTokens: 7 }, cost: { microUnits: 23, currency: 'USD' } });
    enforce([budget(1_000_000, { measure: 'money', currency: 'USD' })], []);
    expect(await failureOf(ask(clientWith(2)))).toMatchObject({ status: 403, code: 'price_unknown' });
    enforce([budget(1_000_000, { measure: 'money', currency: 'USD', unknownPrice: 'allow' })], []);
    await ask(clientWith(0));
    expect(closed().at(-1)?.cost).toBeUndefined();
  });

  it('cuts a stream where it ends, with an error that the library raises and a record that says so', async () => {
    left = 400;
    enforce([budget(400)]);
    const events = streamedAnswer(Array.from({ length: 400 }, () => 'twelve chars'));
    const goOn = Promise.withResolvers<void>();
    rig.upstream.behave((_body, response) => {
      sendStream(response, events.slice(0, 20), false);
      void goOn.promise.then(() => response.end(events.slice(20).join('')));
    });
    const stream = await clientWith(0).chat.completions.create({ model: 'm1', stream: true, messages: [{ role: 'user', content: 'hello' }] });
    let text = '';
    const failure = await failureOf((async () => {
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        goOn.resolve();
      }
    })());
    expect(failure).toMatchObject({ code: 'budget_exceeded' });
    expect(text.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThan(400 * 4);
    const record = await rig.records.lastClosed(1);
    expect(record).toMatchObject({ outcome: 'refused', error: 'budget_exceeded', cost: { estimated: true } });
  });

  it('lets a stream that fits go to its end', async () => {
    enforce([budget(1_000_000)]);
    rig.upstream.behave((_body, response) => sendStream(response, streamedAnswer(Array.from({ length: 3_000 }, () => 'twelve chars'))));
    const stream = await clientWith(0).chat.completions.create({ model: 'm1', stream: true, messages: [{ role: 'user', content: 'hello' }] });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toHaveLength(36_000);
  });
});

describe('the cost of a call', () => {
  it('is recorded wherever the price is known, and marked as estimated where the upstream does not say what it used', async () => {
    enforce([]);
    await ask(clientWith(0));
    expect(closed().at(-1)?.cost).toEqual({ microUnits: 23, currency: 'USD' });
    rig.upstream.behave((_body, response) => sendJson(response, JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(400) } }] })));
    await ask(clientWith(0));
    expect(closed().at(-1)?.cost).toMatchObject({ currency: 'USD', estimated: true });
    expect(closed().at(-1)?.cost?.microUnits).toBeGreaterThan(200);
  });
});

/** Answers made less exact by policy, on the whole data path. */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyEntry } from '../shapes.ts';
import { coarsen } from './coarsen.ts';
import { post, prompt } from './testing/client.ts';
import { chunkEvent, DEFAULT_POLICIES, KEY, sendJson, sendStream, snapshotOf, startRig, streamedAnswer, upstreamEntry, wholeAnswer, type Rig } from './testing/rig.ts';

const LOGPROBS = { content: [{ token: 'fine', logprob: -0.12345, bytes: null, top_logprobs: [{ token: 'good', logprob: -2.5, bytes: null }] }], refusal: null };
const policyOf = (when: string): PolicyEntry => ({
  id: 'coarse', name: 'coarse', mode: 'enforce', sharePercent: 100,
  cedar: `@id("logprobs") @obligation("strip_logprobs") @reason("extraction_defence") permit (principal, action, resource) ${when};
    @id("scores") @obligation("round_scores") permit (principal, action, resource) ${when};`,
});

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const enforce = (policies: readonly PolicyEntry[]): void => rig.snapshots.set(snapshotOf({ upstreams: [upstreamEntry(rig.upstream.baseUrl)], policies: [...DEFAULT_POLICIES, ...policies] }));
const answerWithLogprobs = wholeAnswer('fine').replace('"logprobs":null', `"logprobs":${JSON.stringify(LOGPROBS)}`);

describe('coarsening', () => {
  it.each(['', 'when { context.direction == Direction::"request" }', 'when { context.direction == Direction::"answer" }'])('takes log probabilities out of a whole answer, decided %s', async (when) => {
    enforce([policyOf(when)]);
    rig.upstream.behave((_body, response) => sendJson(response, answerWithLogprobs));
    const { status, body, headers } = await post(rig, prompt('hello', { logprobs: true, top_logprobs: 1 }));
    expect(status).toBe(200);
    expect(body).not.toContain('-0.12345');
    expect(body).not.toContain('good');
    expect(JSON.parse(body)).toEqual(JSON.parse(wholeAnswer('fine')));
    expect(headers.get('x-sallyport-decision')).toBe('transform');
    expect(rig.records.all.at(-1)).toMatchObject({ effect: 'transform', obligations: expect.arrayContaining(['strip_logprobs']) as unknown });
  });

  it('takes them out of a stream that the library reads to its end', async () => {
    enforce([policyOf('')]);
    const events = streamedAnswer(['fine', ' weather']);
    events.splice(1, 0, chunkEvent({ choices: [{ index: 0, delta: { content: 'It is ' }, logprobs: LOGPROBS, finish_reason: null }] }));
    rig.upstream.behave((_body, response) => sendStream(response, events));
    const stream = await new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries: 0 }).chat.completions.create({ model: 'm1', stream: true, messages: [{ role: 'user', content: 'hello' }] });
    let text = '';
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      expect(choices[0]?.logprobs ?? null).toBeNull();
    }
    expect(text).toBe('It is fine weather');
  });

  it('rounds the scores of a moderation', async () => {
    enforce([policyOf('')]);
    const result = { id: 'modr-1', model: 'm1', results: [{ flagged: true, categories: { hate: true }, category_scores: { hate: 0.87654321, violence: 0.0449 } }] };
    rig.upstream.behave((_body, response) => sendJson(response, JSON.stringify(result)));
    const { status, body } = await post(rig, JSON.stringify({ model: 'm1', input: 'hello' }), { path: '/v1/moderations' });
    expect(status).toBe(200);
    expect((JSON.parse(body) as typeof result).results[0]?.category_scores).toEqual({ hate: 0.9, violence: 0 });
  });

  it('leaves every byte as it was where no policy obliges', async () => {
    enforce([]);
    rig.upstream.behave((_body, response) => sendJson(response, answerWithLogprobs));
    expect((await post(rig, prompt('hello'))).body).toBe(answerWithLogprobs);
    enforce([{ ...policyOf(''), mode: 'observe' }]);
    expect((await post(rig, prompt('hello'))).body).toBe(answerWithLogprobs);
    expect(rig.records.all.at(-1)).toMatchObject({ effect: 'permit', observed: { effect: 'transform' } });
  });

  it('does not look into what the model wrote', () => {
    const text = JSON.stringify({ choices: [{ message: { content: '{"logprobs":[1],"score":0.123}' } }] });
    expect(coarsen(text, ['strip_logprobs', 'round_scores'])).toBe(text);
  });
});

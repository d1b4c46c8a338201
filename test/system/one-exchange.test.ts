import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allExchanges, apiClient, eventually, type ApiClient } from '../harness/api-client.ts';
import { startLocalUpstream, type LocalUpstream } from '../harness/local-upstream.ts';
import { cleanUp, startSallyport, type RunningSallyport } from '../harness/sallyport.ts';

const EMAIL = 'dora.lindqvist@northwind.example';
const CARD = '4111 1111 1111 1111';
const TOKEN = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6'}`;
const PROVIDER_KEY = 'sk-provider-canary-0123456789';

let sallyport: RunningSallyport;
let upstream: LocalUpstream;
let api: ApiClient;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startLocalUpstream({ piece: 3 });
  sallyport = await startSallyport();
  api = apiClient(sallyport.dataFolder);
  client = new OpenAI({ baseURL: `${sallyport.ready.gateway}/v1`, apiKey: sallyport.ready.key ?? '', maxRetries: 0 });
  await api.request('POST', '/upstreams', { name: 'local', kind: 'openai-compatible', baseUrl: upstream.baseUrl, apiKey: PROVIDER_KEY, models: ['local-model'], allowPrivate: true });
  await eventually(async () => (await client.models.list()).data.map((model) => model.id), (ids) => ids.includes('local-model'));
}, 90_000);

afterAll(async () => {
  await cleanUp(sallyport);
  await upstream?.close();
});

const messages = [{ role: 'user' as const, content: `Write to ${EMAIL} about card ${CARD}.` }];

describe('one exchange through the whole house', () => {
  it('masks on the way out and restores on the way back', async () => {
    const completion = await client.chat.completions.create({ model: 'local-model', messages });
    expect(completion.choices[0]?.message.content).toBe(`You wrote: ${messages[0]?.content}`);
    expectMasked();
  });

  it('does so in a stream whose chunks split the placeholders', async () => {
    let text = '';
    for await (const chunk of await client.chat.completions.create({ model: 'local-model', messages, stream: true })) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(`You wrote: ${messages[0]?.content}`);
    expectMasked();
  });

  it('refuses a secret with the reason, in the dialect, and never sends it', async () => {
    const before = upstream.seen.length;
    const refusal = await client.chat.completions.create({ model: 'local-model', messages: [{ role: 'user', content: `my token is ${TOKEN}` }] }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(OpenAI.BadRequestError);
    expect((refusal as InstanceType<typeof OpenAI.BadRequestError>).code).toBe('content_policy_violation');
    expect(String((refusal as Error).message)).not.toContain(TOKEN);
    expect(upstream.seen.length).toBe(before);
  });

  it('works offline with the built-in sandbox', async () => {
    const completion = await client.chat.completions.create({ model: 'sandbox-echo', messages });
    expect(completion.choices[0]?.message.content).toContain(EMAIL);
  });

  it('records each exchange, and nothing that it must not hold', async () => {
    const exchanges = await eventually(() => allExchanges(api), (all) => all.filter((one) => one.state === 'closed' && one.api === 'openai.chat_completions').length >= 4);
    expect(exchanges.filter((one) => one.outcome === 'refused' && one.effect === 'deny').length).toBe(1);
    expect(exchanges.filter((one) => one.masked === 2 && one.restored === 2 && one.outcome === 'answered').length).toBe(3);
    await sallyport.stop();
    const forbidden = [EMAIL, CARD, TOKEN, PROVIDER_KEY, sallyport.ready.key ?? 'no key', (sallyport.ready.setup ?? '').split('token=')[1] ?? 'no token'];
    for (const word of forbidden) {
      expect(word.length).toBeGreaterThan(8);
      expect(sallyport.log().includes(word), `the log holds ${word}`).toBe(false);
      expect(filesHolding(sallyport.dataFolder, word)).toEqual([]);
    }
  });
});

function expectMasked(): void {
  const { body, headers } = upstream.seen.at(-1)!;
  expect(body).not.toContain(EMAIL);
  expect(body).not.toContain('4111');
  expect(body).toMatch(/\[EMAIL_[0-9A-Z]+\].*\[CARD_[0-9A-Z]+\]/);
  expect(headers.authorization).toBe(`Bearer ${PROVIDER_KEY}`);
}

function filesHolding(folder: string, word: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(word);
  });
}

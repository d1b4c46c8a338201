import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agent, request } from 'undici';
import { allExchanges, apiClient, eventually } from '../harness/api-client.ts';
import { NEVER_ANSWERED, startLocalUpstream, type LocalUpstream } from '../harness/local-upstream.ts';
import { cleanUp, startSallyport, type Ready, type RunningSallyport } from '../harness/sallyport.ts';

let sallyport: RunningSallyport;
let upstream: LocalUpstream;
const fault = join(import.meta.dirname, 'fault', 'terminate-workers.mjs');
const env = { NODE_OPTIONS: `--import=${fault}` };

beforeAll(async () => {
  upstream = await startLocalUpstream({ delayMs: 15 });
  sallyport = await startSallyport({ env });
  await apiClient(sallyport.dataFolder).request('POST', '/upstreams', { name: 'local', kind: 'openai-compatible', baseUrl: upstream.baseUrl, models: ['local-model'], allowPrivate: true });
}, 90_000);

afterAll(async () => {
  await cleanUp(sallyport);
  await upstream?.close();
});

describe('a crash of any process under load', () => {
  it('loses no answered exchange, shows interrupted ones, and stores none twice', async () => {
    const load = startLoad(sallyport.ready.gateway, sallyport.ready.key ?? '');
    await load.answers(100);

    process.kill(sallyport.process.pid!, 'SIGUSR2'); // the database's worker thread
    await load.answers(300);

    // What an upstream has seen and not answered when the gateway is killed has no answer, and the records must say so.
    const held = Array.from({ length: 3 }, (_, n) => callUnanswered(sallyport.ready, n));
    await eventually(async () => upstream.seen.filter(({ body }) => body.includes(NEVER_ANSWERED)).length, (count) => count === held.length);
    process.kill(gatewayPid(sallyport.dataFolder), 'SIGKILL');
    expect(await Promise.all(held)).toEqual(held.map(() => 'no answer'));
    await load.answers(300);

    const [consolePort, gatewayPort] = [sallyport.ready.console, sallyport.ready.gateway].map((url) => new URL(url).port);
    await sallyport.stop('SIGKILL'); // control
    await load.answers(300); // the gateway goes on enforcing and recording
    sallyport = await startSallyport({ dataFolder: sallyport.dataFolder, env, args: ['--port', consolePort!, '--gateway-port', gatewayPort!] });
    await load.answers(300);
    const answered = await load.stop();

    const api = apiClient(sallyport.dataFolder);
    const stored = await eventually(() => allExchanges(api), (all) => {
      const closed = new Set(all.filter((one) => one.state === 'closed').map((one) => one.id));
      return answered.every((id) => closed.has(id)) && all.every((one) => one.state === 'closed') && all.filter((one) => one.outcome === 'interrupted').length >= held.length;
    }, 30_000);
    expect(new Set(answered).size).toBe(answered.length);
    expect(new Set(stored.map((one) => one.id)).size).toBe(stored.length);
    const outcomes = new Map(stored.map((one) => [one.id, one.outcome]));
    expect(answered.filter((id) => outcomes.get(id) !== 'answered')).toEqual([]);
    expect(stored.filter((one) => one.outcome === 'interrupted').length).toBeGreaterThanOrEqual(held.length);
    const { gateways } = await api.request<{ gateways: { records: { gaps: number } }[] }>('GET', '/status');
    expect(gateways.map((gateway) => gateway.records.gaps)).toEqual(gateways.map(() => 0));
  }, 120_000);
});

async function callUnanswered({ gateway, key }: Ready, n: number): Promise<string> {
  const body = JSON.stringify({ model: 'local-model', messages: [{ role: 'user', content: `${NEVER_ANSWERED} ${n}` }] });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return fetch(`${gateway}/v1/chat/completions`, { method: 'POST', headers, body }).then(({ status }) => String(status), () => 'no answer');
}

/** The process that serves the gateway's first slot. */
function gatewayPid(dataFolder: string): number {
  const slots = join(dataFolder, 'gateways');
  const slot = readdirSync(slots).sort()[0] ?? '';
  return (JSON.parse(readFileSync(join(slots, slot, 'process.json'), 'utf8')) as { pid: number }).pid;
}

interface Load {
  /** Resolves when so many more calls were answered. */
  answers(count: number): Promise<void>;
  /** Ends the load; answers the ids of all exchanges whose whole answer arrived. */
  stop(): Promise<string[]>;
}

/** Sixteen callers that go on whatever happens (half of them streamed), so that each kill finds work under way. */
function startLoad(gateway: string, key: string): Load {
  const answered: string[] = [];
  const agent = new Agent({ connections: 16 });
  let running = true;
  const caller = async (n: number): Promise<void> => {
    while (running) {
      try {
        const body = JSON.stringify({ model: 'local-model', stream: n % 2 === 0, messages: [{ role: 'user', content: `call ${n} for ${n}@example.com ${'word '.repeat(40)}` }] });
        const response = await request(`${gateway}/v1/chat/completions`, { method: 'POST', dispatcher: agent, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body });
        const text = await response.body.text();
        const whole = n % 2 === 0 ? text.includes('[DONE]') : text.endsWith('}');
        if (response.statusCode === 200 && whole) answered.push(String(response.headers['x-request-id']));
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const callers = Array.from({ length: 16 }, (_, n) => caller(n));
  return {
    answers: async (count) => {
      const goal = answered.length + count;
      await eventually(async () => answered.length, (length) => length >= goal, 30_000);
    },
    stop: async () => {
      running = false;
      await Promise.all(callers);
      await agent.close();
      return answered;
    },
  };
}

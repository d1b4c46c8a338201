/** What security costs: Sallyport with everything on, against a bare pass-through and against no gateway, in one run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiClient, eventually, type ApiClient } from '../test/harness/api-client.ts';
import { type Ready } from '../test/harness/sallyport.ts';
import { startPortkey, type Peer } from './gateway/peer.ts';
import { cpuSeconds, pin, residentMb, startPinned } from './gateway/processes.ts';
import type { LoadOptions, LoadResult } from './gateway/load.ts';
import type { BenchResult } from './run.ts';

const GATEWAY_CORE = 0;
const OTHER_CORE = 1;
const script = (name: string) => join(import.meta.dirname, 'gateway', `${name}.ts`);
/** More model names than the decision cache holds entries, so that walking through them misses it each time; an upstream lists up to 200. */
const MODELS_AN_UPSTREAM = 200;
const MANY_MODELS = Array.from({ length: 60 * MODELS_AN_UPSTREAM }, (_, n) => `bench-${n}`);

interface Target { readonly name: string; readonly url: string; readonly pid: number; readonly key: string; readonly headers?: Readonly<Record<string, string>> }

export async function bench(options: readonly string[]): Promise<BenchResult> {
  const seconds = Number(options.find((option) => option.startsWith('--seconds='))?.split('=')[1] ?? 6);
  const peerName = peerOf(options);
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const peerFolder = await mkdtemp(join(tmpdir(), 'sallyport-bench-peer-'));
  const started: { kill(): void }[] = [];
  try {
    const upstream = await startPinned(OTHER_CORE, script('upstream'), []);
    const origin = `http://127.0.0.1:${upstream.line}`;
    const passthrough = await startPinned(GATEWAY_CORE, script('passthrough'), [origin]);
    started.push(upstream.process, passthrough.process);
    const sallyport = await startSallyportPinned(folder, origin);
    started.push({ kill: () => process.kill(sallyport.controlPid, 'SIGTERM') });
    const direct: Target = { name: 'direct', url: origin, pid: upstream.process.pid ?? 0, key: 'none' };
    const bare: Target = { name: 'passthrough', url: `http://127.0.0.1:${passthrough.line}`, pid: passthrough.process.pid ?? 0, key: 'none' };
    const peer = peerName === undefined ? undefined : await startPortkey(GATEWAY_CORE, peerFolder, origin);
    if (peer !== undefined) started.push(peer);
    return await measure({ direct, bare, peer, sallyport: sallyport.target, controlPid: sallyport.controlPid, api: apiClient(folder), seconds });
  } finally {
    for (const one of started) one.kill();
    for (const used of [folder, peerFolder]) await eventually(() => rm(used, { recursive: true, force: true }), () => true).catch(() => undefined);
  }
}

/** `--peer portkey` or `--peer=portkey`. */
function peerOf(options: readonly string[]): 'portkey' | undefined {
  const at = options.findIndex((option) => option === '--peer' || option.startsWith('--peer='));
  if (at === -1) return undefined;
  const name = options[at] === '--peer' ? options[at + 1] : options[at]?.slice('--peer='.length);
  if (name !== 'portkey') throw new Error('The peer that can be measured is portkey.');
  return name;
}

interface Bench { readonly direct: Target; readonly bare: Target; readonly peer: Peer | undefined; readonly sallyport: Target; readonly controlPid: number; readonly api: ApiClient; readonly seconds: number }

async function measure({ direct, bare, peer, sallyport, controlPid, api, seconds }: Bench): Promise<BenchResult> {
  const full = { connections: 32, seconds, rate: 0 };
  const fixed = { connections: 32, seconds: seconds * 2, stream: false, models: 1 };
  for (const target of [bare, sallyport]) for (const stream of [false, true]) await load(target, { ...full, seconds: stream ? 4 : 8, stream, models: 1 });

  const whole = await inTurn([bare, sallyport], { ...full, stream: false, models: 1 });
  const streams = await inTurn([bare, sallyport], { ...full, stream: true, models: 1 });
  const history = await inTurn([sallyport], { ...full, stream: false, models: 1, history: 100 });
  const hostile = await slowestProbe(sallyport);
  await drained(api);
  const controlBefore = { cpu: cpuSeconds(controlPid), records: await acknowledged(api) };
  await load(sallyport, { ...fixed, rate: 500 });
  await drained(api);
  const control = { cpu: cpuSeconds(controlPid) - controlBefore.cpu, records: (await acknowledged(api)) - controlBefore.records };
  const [directLatency, addedLatency] = [await load(direct, { ...fixed, rate: 1_000 }), await load(sallyport, { ...fixed, rate: 1_000 })];
  const rssMb = residentMb(sallyport.pid);
  const peers = await measurePeer(peer, full);
  await makeDecisionsMiss(api, direct.url);
  const cold = await inTurn([sallyport], { ...full, stream: false, models: MANY_MODELS.length });
  return {
    bench: 'gateway',
    figures: {
      sallyport_requests_per_cpu_second: round(whole.get('sallyport')!),
      passthrough_requests_per_cpu_second: round(whole.get('passthrough')!),
      requests_ratio: round(whole.get('sallyport')! / whole.get('passthrough')!, 3),
      sallyport_requests_per_cpu_second_caches_missed: round(cold.get('sallyport')!),
      sallyport_streams_per_cpu_second: round(streams.get('sallyport')!),
      passthrough_streams_per_cpu_second: round(streams.get('passthrough')!),
      streams_ratio: round(streams.get('sallyport')! / streams.get('passthrough')!, 3),
      added_p50_ms: round(addedLatency.result.p50Ms - directLatency.result.p50Ms, 3),
      added_p99_ms: round(addedLatency.result.p99Ms - directLatency.result.p99Ms, 3),
      history_cost_ratio: round(whole.get('sallyport')! / history.get('sallyport')!, 2),
      slowest_probe_beside_hostile_mb_ms: round(hostile, 1),
      rss_mb: round(rssMb),
      control_cpu_us_per_record: round((control.cpu * 1e6) / control.records, 1),
      ...peers,
    },
  };
}

/** The peer with nothing on, under the same load. */
async function measurePeer(peer: Peer | undefined, full: { connections: number; seconds: number; rate: number }): Promise<Record<string, number>> {
  if (peer === undefined) return {};
  const target: Target = { name: 'peer', url: peer.url, pid: peer.pid, key: 'none', headers: peer.headers };
  for (const stream of [false, true]) await load(target, { ...full, stream, models: 1 });
  const figures = { whole: await inTurn([target], { ...full, stream: false, models: 1 }), streams: await inTurn([target], { ...full, stream: true, models: 1 }) };
  return { peer_requests_per_cpu_second: round(figures.whole.get('peer')!), peer_streams_per_cpu_second: round(figures.streams.get('peer')!) };
}

const HOSTILE_CALLS = 5;

/** How long a probe waits at most while a megabyte of the dearest text there is, cards without end, is inspected. Milliseconds. */
async function slowestProbe({ url, key }: Target): Promise<number> {
  let slowest = 0;
  for (let n = 0; n < HOSTILE_CALLS; n++) {
    const body = JSON.stringify({ model: 'bench-0', messages: [{ role: 'user', content: `${n} ${'4111 1111 1111 1112 '.repeat(50_000)}` }] });
    let isOver = false;
    const call = fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` }, body })
      .then((response) => response.text()).finally(() => { isOver = true; });
    while (!isOver) {
      const begun = performance.now();
      await (await fetch(`${url}/healthz`)).text();
      slowest = Math.max(slowest, performance.now() - begun);
    }
    await call;
  }
  return slowest;
}

/** Many models, and a policy that reads the model's name, which puts that name into what a decision is cached by. */
async function makeDecisionsMiss(api: ApiClient, origin: string): Promise<void> {
  for (let at = MODELS_AN_UPSTREAM; at < MANY_MODELS.length; at += MODELS_AN_UPSTREAM) await addUpstream(api, origin, at);
  await api.request('POST', '/policies', {
    name: 'bench-by-model', mode: 'enforce', sharePercent: 100,
    cedar: '@id("not-this-model") @reason("model_not_allowed") @message("This model is not allowed.") forbid (principal, action == Action::"exchange", resource) when { resource.name == "a-model-that-nobody-calls" };',
  });
  await new Promise((resolve) => setTimeout(resolve, 3000));
}

const addUpstream = (api: ApiClient, origin: string, at: number): Promise<unknown> =>
  api.request('POST', '/upstreams', { name: `bench-${at}`, kind: 'openai-compatible', baseUrl: `${origin}/v1`, models: MANY_MODELS.slice(at, at + MODELS_AN_UPSTREAM), allowPrivate: true });

/** Loads the targets in turn, twice over in both orders, and answers the best calls per CPU-second of each. */
async function inTurn(targets: readonly Target[], options: Omit<LoadOptions, 'url' | 'key' | 'headers'>): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  for (const target of [...targets, ...targets.toReversed()]) {
    const { perCpuSecond } = await load(target, options);
    best.set(target.name, Math.max(best.get(target.name) ?? 0, perCpuSecond));
  }
  return best;
}

async function load(target: Target, options: Omit<LoadOptions, 'url' | 'key' | 'headers'>): Promise<{ result: LoadResult; perCpuSecond: number }> {
  const before = cpuSeconds(target.pid);
  const { line } = await startPinned(OTHER_CORE, script('load'), [JSON.stringify({ ...options, url: `${target.url}/v1/chat/completions`, key: target.key, ...(target.headers === undefined ? {} : { headers: target.headers }) })]);
  const result = JSON.parse(line) as LoadResult;
  const perCpuSecond = result.calls / (cpuSeconds(target.pid) - before);
  const kind = `${options.stream ? 'stream' : 'whole'}${options.models > 1 ? ' cold' : ''}${options.rate > 0 ? ` at ${options.rate}/s` : ''}`;
  console.error(`${target.name.padEnd(12)} ${kind.padEnd(14)} ${round(result.calls / result.seconds)} calls/s, ${round(perCpuSecond)} per CPU-second, p50 ${round(result.p50Ms, 2)} ms, p99 ${round(result.p99Ms, 2)} ms, ${result.errors} errors`);
  if (result.errors > 0) throw new Error(`${result.errors} of ${result.calls + result.errors} calls to ${target.name} failed; such a run measures nothing`);
  return { result, perCpuSecond };
}

async function startSallyportPinned(folder: string, origin: string): Promise<{ target: Target; controlPid: number }> {
  const main = join(import.meta.dirname, '..', 'src', 'main.ts');
  const { process: control, line } = await startPinned(OTHER_CORE, main, ['up', '--json', '--data', folder, '--port', '0', '--gateway-port', '0'], 'ignore');
  const ready = JSON.parse(line) as Ready;
  await addUpstream(apiClient(folder), origin, 0);
  const { pid } = JSON.parse(readFileSync(join(folder, 'gateways', '1', 'process.json'), 'utf8')) as { pid: number };
  pin(pid, GATEWAY_CORE);
  const key = ready.key ?? '';
  await eventually(async () => (await fetch(`${ready.gateway}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).text(), (text) => text.includes('"bench-0"'));
  return { target: { name: 'sallyport', url: ready.gateway, pid, key }, controlPid: control.pid ?? 0 };
}

interface Status { readonly gateways: readonly { readonly spoolBytes: number; readonly records: { readonly acknowledged: number } }[] }

const acknowledged = async (api: ApiClient): Promise<number> => (await api.request<Status>('GET', '/status')).gateways.reduce((sum, gateway) => sum + gateway.records.acknowledged, 0);

/** Waits until control has taken all that was recorded: the count of acknowledged records stands still. */
async function drained(api: ApiClient): Promise<void> {
  let last = -1;
  await eventually(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const now = await acknowledged(api);
    const still = now === last;
    last = now;
    return still;
  }, (still) => still, 180_000);
}

const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

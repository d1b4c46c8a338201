/**
 * A load of chat calls, each with a prompt of 1 KB that was never sent before. Arguments: one JSON object (LoadOptions).
 * Prints one JSON line (LoadResult).
 */
import { Pool } from 'undici';

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  readonly stream: boolean;
  readonly connections: number;
  readonly seconds: number;
  /** Calls a second; 0 means as many as the connections carry. */
  readonly rate: number;
  /** How many models to walk through (bench-0, bench-1, …); more of them than a cache holds makes each decision a miss. */
  readonly models: number;
  /** Messages of 200 characters before the new one, the same in each call. */
  readonly history?: number;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadResult {
  readonly calls: number;
  readonly errors: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const url = new URL(options.url);
const pool = new Pool(url.origin, { connections: options.connections, pipelining: 1 });
const WORDS = 'ledger harbour meeting quarter estimate review autumn council transport budget proposal member committee garden public record winter supply engine paper'.split(' ');
const run = Math.floor(Math.random() * 0xffffffff).toString(36);
const latencies: number[] = [];
const history = Array.from({ length: options.history ?? 0 }, (_, n) => `{"role":"${n % 2 === 0 ? 'user' : 'assistant'}","content":"${wordsOf(n * 97, 200)}"},`).join('');
let calls = 0;
let errors = 0;
let serial = 0;

const started = performance.now();
const end = started + options.seconds * 1000;
if (options.rate === 0) await Promise.all(Array.from({ length: options.connections }, closedLoop));
else await openLoop();
const seconds = (performance.now() - started) / 1000;
latencies.sort((a, b) => a - b);
const percentile = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
console.log(JSON.stringify({ calls, errors, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99) } satisfies LoadResult));
await pool.close();

async function closedLoop(): Promise<void> {
  while (performance.now() < end) await call();
}

async function openLoop(): Promise<void> {
  const open: Promise<void>[] = [];
  for (let n = 0; ; n++) {
    const due = started + (n * 1000) / options.rate;
    if (due > end) break;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    open.push(call());
  }
  await Promise.all(open);
}

function call(): Promise<void> {
  const begun = performance.now();
  return new Promise((resolve) => {
    let ok = false;
    pool.dispatch(
      { path: url.pathname, method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${options.key}`, ...options.headers }, body: body() },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status) => { ok = status === 200; },
        onResponseData: () => {},
        onResponseEnd: () => finish(ok),
        onResponseError: () => finish(false),
      },
    );
    function finish(passed: boolean): void {
      if (passed) {
        calls++;
        latencies.push(performance.now() - begun);
      } else errors++;
      resolve();
    }
  });
}

/** A body of about 1.1 KB whose prompt differs from every other in many places, as people's do. */
function body(): string {
  const n = serial++;
  const model = `bench-${n % options.models}`;
  const prompt = `Note ${run}-${n}:${wordsOf(n * 2_654_435_761, 990)}`;
  return `{"model":"${model}","messages":[${history}{"role":"user","content":"${prompt}"}]${options.stream ? ',"stream":true' : ''}}`;
}

function wordsOf(start: number, length: number): string {
  let words = '';
  let seed = start >>> 0;
  while (words.length < length) {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    words += ` ${WORDS[seed % WORDS.length]}`;
  }
  return words;
}

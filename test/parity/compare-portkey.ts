/**
 * The canaries of the matrix through Portkey's published gateway and through this one, in one run. Writes docs/comparison-portkey.md.
 *
 *     node test/parity/compare-portkey.ts <folder in which @portkey-ai/gateway is installed>
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { KEY, sendJson, sendStream, startRig, startTestUpstream, type TestUpstream } from '../../src/gateway/testing/rig.ts';
import { base64Of } from './absent.ts';
import { POSITIONS, type Position, type StreamEvent, type Wire } from './positions.ts';
import { SECRET } from './run-cells.ts';
import { asStream, WIRES, writeEvents } from './wires.ts';

/** Ids of stored objects and encrypted reasoning are no places for words: the matrix shows what becomes of them. */
const PLACES = (Object.keys(POSITIONS) as Position[]).filter((place) => place !== 'stored' && place !== 'encrypted');
const PAGE = new URL('../../docs/comparison-portkey.md', import.meta.url);

interface Target {
  readonly url: string;
  readonly upstream: TestUpstream;
  headers(wire: Wire): Record<string, string>;
}

type Outcome = 'stopped' | 'quoted' | 'passed' | `not served (${number})` | '–';

/** Pieces by which the secret is known wherever it was cut, and in bytes. */
const TRACES = [SECRET.slice(4, 12), base64Of(SECRET).slice(8, 24)];
const holdsSecret = (text: string): boolean => TRACES.some((trace) => text.includes(trace));

async function send(target: Target, wire: Wire, body: object): Promise<{ status: number; text: string; forwarded: string | undefined }> {
  const before = target.upstream.seen.length;
  const response = await fetch(target.url + wire.path, { method: 'POST', headers: { 'content-type': 'application/json', ...target.headers(wire) }, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  return { status: response.status, text, forwarded: target.upstream.seen.at(before)?.body };
}

function answerWith(target: Target, made: object | readonly StreamEvent[]): void {
  target.upstream.behave((_body, response) => {
    if (Array.isArray(made)) sendStream(response, writeEvents(made as StreamEvent[]));
    else sendJson(response, JSON.stringify(made));
  });
}

/** A route that serves nothing stops nothing: a plain call tells. */
async function isServed(target: Target, wire: Wire, stream: boolean): Promise<number> {
  answerWith(target, stream ? wire.plain.stream : wire.plain.answer);
  const { status, forwarded } = await send(target, wire, asStream(wire.plain.request('Hello'), stream));
  return forwarded === undefined ? status : 0;
}

async function request(target: Target, wire: Wire, place: Position, stream: boolean): Promise<Outcome> {
  const cell = wire.requests[place];
  if (typeof cell === 'string' || (stream && typeof wire.streams === 'string')) return '–';
  const unserved = await isServed(target, wire, stream);
  if (unserved > 0) return `not served (${unserved})`;
  answerWith(target, stream ? wire.plain.stream : wire.plain.answer);
  const { forwarded } = await send(target, wire, asStream(cell(SECRET), stream));
  return forwarded !== undefined && holdsSecret(forwarded) ? 'passed' : 'stopped';
}

async function answer(target: Target, wire: Wire, place: Position, stream: boolean): Promise<Outcome> {
  const cell = stream ? (typeof wire.streams === 'string' ? wire.streams : wire.streams[place]) : wire.answers[place];
  if (typeof cell === 'string') return '–';
  const unserved = await isServed(target, wire, stream);
  if (unserved > 0) return `not served (${unserved})`;
  answerWith(target, cell(SECRET));
  const { status, text } = await send(target, wire, asStream(wire.plain.request('Hello'), stream));
  if (!holdsSecret(text)) return 'stopped';
  return status >= 400 ? 'quoted' : 'passed';
}

type Row = readonly [request: Outcome, requestStream: Outcome, answer: Outcome, answerStream: Outcome];

async function rowsOf(target: Target, wire: Wire): Promise<Map<Position, Row>> {
  const rows = new Map<Position, Row>();
  for (const place of PLACES) {
    rows.set(place, [await request(target, wire, place, false), await request(target, wire, place, true), await answer(target, wire, place, false), await answer(target, wire, place, true)]);
  }
  return rows;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

/** The strictest that its package offers without a service: a pattern for the secret, denied in both directions. */
const GUARD = [{ 'default.regexMatch': { rule: 'ghp_[A-Za-z0-9]{36}', not: true }, deny: true }];

async function startPortkey(folder: string): Promise<Target & { readonly process: ChildProcess }> {
  const upstream = await startTestUpstream();
  const port = await freePort();
  const child = spawn(process.execPath, [join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js'), `--port=${port}`, '--headless'], { stdio: 'ignore', env: { ...process.env, NODE_ENV: 'production' } });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    if (await fetch(url).then(() => true, () => false)) break;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  const config = ({ upstream: provider }: Wire): string =>
    JSON.stringify({ provider, api_key: 'sk-test', custom_host: upstream.baseUrl, input_guardrails: GUARD, output_guardrails: GUARD });
  return { url, upstream, process: child, headers: (wire) => ({ 'x-portkey-config': config(wire), ...(wire.upstream === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}) }) };
}

const count = (rows: ReadonlyMap<Position, Row>, matches: (outcome: Outcome) => boolean): number => [...rows.values()].flat().filter(matches).length;

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

interface Compared { readonly wire: Wire; readonly own: Map<Position, Row>; readonly peer: Map<Position, Row> }

function render(compared: readonly Compared[], version: string): string {
  const summary = compared.map(({ wire, own, peer }) => {
    const places = count(own, (outcome) => outcome !== '–');
    return line([wire.title, places, count(own, (outcome) => outcome === 'stopped'), ...(['stopped', 'quoted', 'passed'] as const).map((wanted) => count(peer, (outcome) => outcome === wanted)), count(peer, (outcome) => outcome.startsWith('not served'))]);
  });
  const details = compared.map(({ wire, peer }) => [
    `\n## ${wire.title}: \`${wire.path}\``, '', line(['place', 'request', 'request, streamed', 'answer', 'answer, streamed']), line(['---', '---', '---', '---', '---']),
    ...[...peer].map(([place, row]) => line([POSITIONS[place], ...row.map((outcome) => (outcome === 'passed' ? '**passed**' : outcome))])), '',
  ].join('\n'));
  return `# The canaries of the matrix on Portkey's gateway

The secret of [the parity matrix](parity-matrix.md), a GitHub token, in every place of every wire, through \`@portkey-ai/gateway\` ${version} and through Sallyport with its built-in policies: the
same bodies, the same upstream, one run. Portkey is given the strictest guard that its package has without calling a service: \`default.regexMatch\` with a pattern for
exactly this token, \`deny: true\`, for input and output. *stopped*: in a request, the upstream never saw the token; in an answer, the caller never did. *quoted*: the
answer was refused, and the refusal quotes the token to the caller. *not served*: the route answers a harmless call with that status and forwards nothing.
Portkey's package leaves members that it does not know out of a request for chats, messages and others, which counts as stopped.

To repeat it, install the package in a folder of its own (\`npm install --ignore-scripts @portkey-ai/gateway@${version}\`, with \`"overrides": {"hono": "4.9.7", "@hono/node-server": "1.13.5"}\`,
the versions of its own lockfile, without which its streams fail) and run \`node test/parity/compare-portkey.ts <folder>\`.

${line(['wire', 'cells', 'Sallyport stopped', 'Portkey stopped', 'refused, but quoted', 'passed', 'does not serve'])}
${line(Array.from({ length: 7 }, () => '---'))}
${summary.join('\n')}

What Portkey's package does with each:
${details.join('')}`;
}

async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined) throw new Error('Name the folder in which @portkey-ai/gateway is installed.');
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/@portkey-ai/gateway/package.json'), 'utf8')) as { version: string };
  const rig = await startRig();
  const peer = await startPortkey(folder);
  const own: Target = { url: rig.url, upstream: rig.upstream, headers: () => ({ authorization: `Bearer ${KEY}` }) };
  try {
    const compared: Compared[] = [];
    for (const wire of WIRES) compared.push({ wire, own: await rowsOf(own, wire), peer: await rowsOf(peer, wire) });
    writeFileSync(PAGE, render(compared, version));
  } finally {
    peer.process.kill();
    await Promise.all([peer.upstream.close(), rig.close()]);
  }
}

await main(process.argv[2]);

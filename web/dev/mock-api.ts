/**
 * A stand-in for the control plane, for work on the console alone: made-up data, nothing is stored, nothing is checked.
 * It serves web/dist under the strictest content security policy that the console must live with.
 *
 *   node web/dev/mock-api.ts [--scenario busy|empty|down|setup] [--port 7070]
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import type { ExchangeDetail, OverviewWindow, Session } from '../src/api/types.ts';
import { applications, exchange, keys, overview, policies, status, upstreamKinds, upstreams } from './mock-data.ts';

export const SCENARIOS = ['busy', 'empty', 'down', 'setup'] as const;
export type Scenario = (typeof SCENARIOS)[number];

const DIST = join(import.meta.dirname, '../dist');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const ROWS = 420;

type Answer = readonly [status: number, body?: unknown];
const problem = (code: number, word: string, title: string, detail: string): Answer => [code, { type: 'about:blank', title, status: code, detail, code: word }];
const session: Session = { person: { id: 'per_1', name: 'Ada Administrator', email: 'ada@example.org', role: 'administrator' }, csrf: 'mock' };

/** Listens on 127.0.0.1; port 0 takes a free one. */
export function startMockApi(scenario: Scenario, port: number): Promise<Server> {
  const state = { scenario, signedIn: scenario !== 'setup', setUp: scenario !== 'setup', rows: scenario === 'busy' ? Array.from({ length: ROWS }, (_, index) => exchange(index * 900 + 300, (ROWS - index) * 2)) : [] };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/api/')) {
      void sendFile(url.pathname).then(([type, body]) => response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(body));
      return;
    }
    void answer(state, request, url).then(([code, body]) => {
      response.writeHead(code, { 'content-type': code >= 400 ? 'application/problem+json' : 'application/json' }).end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  return new Promise((resolve) => { server.listen(port, '127.0.0.1', () => resolve(server)); });
}

async function sendFile(path: string): Promise<readonly [type: string, body: Buffer]> {
  const file = normalize(path).replace(/^(\.\.[/\\])+/, '');
  const body = extname(file) === '' ? undefined : await readFile(join(DIST, file)).catch(() => undefined);
  return body === undefined ? [TYPES['.html'] ?? '', await readFile(join(DIST, 'index.html'))] : [TYPES[extname(file)] ?? 'application/octet-stream', body];
}

interface State {
  readonly scenario: Scenario;
  signedIn: boolean;
  setUp: boolean;
  rows: ExchangeDetail[];
}

async function answer(state: State, request: IncomingMessage, url: URL): Promise<Answer> {
  const body = await readBody(request);
  const path = url.pathname.replace('/api/v1', '');
  const open = openRoutes(state, `${request.method ?? 'GET'} ${path}`, body);
  if (open !== undefined) return open;
  if (!state.signedIn) return problem(401, 'not_signed_in', 'Unauthorized', 'Sign in first.');
  if (state.scenario === 'down') return problem(503, 'database_unavailable', 'Service Unavailable', 'The database does not answer.');
  const [, collection = '', item] = path.split('/');
  if (request.method === 'GET') return read(state, url, collection, item);
  return write(request.method ?? '', path, body);
}

function openRoutes(state: State, route: string, body: Readonly<Record<string, unknown>>): Answer | undefined {
  switch (route) {
    case 'GET /setup': return [200, { needed: !state.setUp }];
    case 'POST /setup':
      if (body['token'] !== 'mock') return problem(403, 'setup_token_invalid', 'Forbidden', 'This set-up link is not valid any more.');
      state.setUp = state.signedIn = true;
      return [201, session];
    case 'GET /session': return state.signedIn ? [200, session] : problem(401, 'not_signed_in', 'Unauthorized', 'Sign in first.');
    case 'POST /session':
      if (body['password'] === 'wrong') return problem(401, 'invalid_credentials', 'Unauthorized', 'E-mail or password is wrong.');
      state.signedIn = true;
      return [200, session];
    case 'DELETE /session':
      state.signedIn = false;
      return [204];
    default: return undefined;
  }
}

function read(state: State, url: URL, collection: string, item: string | undefined): Answer {
  const empty = state.scenario !== 'busy';
  const one = <Row extends { readonly id: string }>(rows: readonly Row[]): Answer => {
    const row = rows.find(({ id }) => id === item);
    return row === undefined ? problem(404, 'not_found', 'Not Found', 'This object does not exist.') : [200, row];
  };
  const listed = <Row extends { readonly id: string }>(rows: readonly Row[]): Answer => (item === undefined ? [200, { items: rows }] : one(rows));
  switch (collection) {
    case 'status': return [200, empty ? { ...status(), gateways: status().gateways.slice(0, 1), upstreams: status().upstreams.slice(3) } : status()];
    case 'overview': return [200, overview((url.searchParams.get('window') ?? '24h') as OverviewWindow, empty)];
    case 'exchanges': return item === undefined ? exchanges(state, url.searchParams) : one(state.rows);
    case 'applications': return listed(empty ? [] : applications);
    case 'keys': return [200, { items: empty ? [] : keys.filter(({ applicationId }) => applicationId === url.searchParams.get('application')) }];
    case 'upstream-kinds': return [200, { items: upstreamKinds }];
    case 'upstreams': return listed(empty ? upstreams.slice(3) : upstreams);
    case 'policies': return listed(empty ? [] : policies);
    default: return problem(404, 'not_found', 'Not Found', 'There is no such route.');
  }
}

function exchanges(state: State, query: URLSearchParams): Answer {
  const newest = state.rows[0];
  if (newest !== undefined && Date.now() - Date.parse(newest.receivedAt) > 2500) state.rows.unshift(exchange(100, (newest.sequence.closed ?? newest.sequence.opened ?? 0) + 2));
  const wanted: readonly (readonly [name: string, matches: (row: ExchangeDetail, value: string) => boolean])[] = [
    ['application', (row, value) => row.application?.id === value], ['effect', (row, value) => row.effect === value], ['outcome', (row, value) => row.outcome === value], ['model', (row, value) => row.model === value],
    ['upstream', (row, value) => row.upstream === value], ['kind', (row, value) => row.findings.some(({ kind }) => kind === value)], ['from', (row, value) => row.receivedAt >= value], ['to', (row, value) => row.receivedAt < value],
  ];
  const matching = state.rows.filter((row) => wanted.every(([name, matches]) => { const value = query.get(name); return value === null || matches(row, value); }));
  const start = query.has('before') ? matching.findIndex(({ id }) => id === query.get('before')) + 1 : 0;
  const items = matching.slice(start, start + Number(query.get('limit') ?? 50));
  const last = items.at(-1);
  return [200, { items, ...(last !== undefined && matching.at(-1) !== last ? { next: last.id } : {}) }];
}

function write(method: string, path: string, body: Readonly<Record<string, unknown>>): Answer {
  if (method === 'DELETE') return [204];
  if (path === '/policies/validate') return String(body['cedar']).includes('forbid') ? [200, { ok: true, errors: [] }] : [200, { ok: false, errors: [{ message: 'unexpected token `permitt`', line: 2, column: 1 }] }];
  if (path === '/keys') return [201, { ...keys[0], ...body, applicationName: applications[0]?.name, secret: `sp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6kL9nO2q'}` }];
  if (body['name'] === 'taken') return [400, { type: 'about:blank', title: 'Bad Request', status: 400, code: 'invalid_request', detail: 'The request is not as this route needs it; see errors.', errors: [{ path: '/name', message: 'is taken' }] }];
  const pools: Readonly<Record<string, readonly unknown[]>> = { '/applications': applications, '/upstreams': upstreams, '/policies': policies };
  const [first] = pools[path] ?? policies;
  return [200, { ...(first as object), ...body }];
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { scenario: { type: 'string', default: 'busy' }, port: { type: 'string', default: '7070' } } });
  const scenario = SCENARIOS.find((name) => name === values.scenario);
  if (scenario === undefined) throw new Error(`--scenario is one of ${SCENARIOS.join(', ')}`);
  await startMockApi(scenario, Number(values.port));
  process.stdout.write(`mock console at http://127.0.0.1:${values.port}\n`);
}

/** Builds the control plane's modules in their order; the only file that sees them all. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { z } from 'zod';
import { createEvidence, type Evidence } from '#evidence/index.ts';
import { createGateways, createLimits, createSupervisor, createUpstreams, gatewaySchema, type Gateways, type Limits, type Upstreams } from '#gateway/index.ts';
import { createIdentity, type Identity } from '#identity/index.ts';
import { createSigningKey } from '#platform/crypto/signing.ts';
import { openDatabase, type Database } from '#platform/database/index.ts';
import { conflict } from '#platform/errors.ts';
import { lockFolder } from '#platform/folder-lock.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { newId, toPublicId } from '#platform/ids.ts';
import { listenForMetrics } from '#platform/metrics-listener.ts';
import { claimDatabase, readInstallationKeys, type InstallationKeys } from '#platform/installation.ts';
import { createLog, type Log } from '#platform/log.ts';
import { replaceFileSync } from '#platform/replace-file.ts';
import { Secret } from '#platform/secret.ts';
import { serveStaticSite } from '#platform/static-site.ts';
import { VERSION } from '#platform/version.ts';
import { createPolicies, type Policies } from '#policy/index.ts';
import { migrations } from './migrations.ts';

export interface ControlOptions {
  /** Folder in which everything is kept. */
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** `postgres://…`; the embedded database when absent. */
  readonly database?: string;
  /** Names besides loopback by which browsers call this server. */
  readonly allowHost?: readonly string[];
  /** Whether browsers reach this server by https. */
  readonly https?: boolean;
  /** Where metrics are given away on loopback; nowhere when absent. 0 lets the system choose. */
  readonly metricsPort?: number;
  /** Gateways to run on this machine; none when absent. */
  readonly gateways?: { readonly port: number; readonly workers: number; readonly durability: 'batch' | 'sync' };
}

export interface RunningControl {
  readonly console: string;
  readonly api: string;
  /** Where this machine's gateways answer; absent when there are none. */
  readonly gateway?: string;
  /** Where metrics are given away. */
  readonly metrics?: string;
  /** The key that was made because the installation was empty. */
  readonly firstKey?: Secret;
  /** A link for making the first administrator; undefined once there is one. Earlier links stop working. */
  createSetupLink(): Promise<Secret | undefined>;
  /** Drains the gateways, lets requests end, and closes the database. */
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const CONSOLE_FOLDER = join(import.meta.dirname, '..', 'web', 'dist');
const CONSOLE_MISSING = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sallyport</title>
<h1>Sallyport runs, but its console was not built</h1><p>In the checkout, run <code>npm run setup</code> and load this page again. The API answers under <code>/api/v1</code>.</p></html>`;

/**
 * Starts the control plane, and this machine's gateways if it is asked to; resolves when all of it answers.
 *
 * @throws AppError `folder_in_use` or `address_in_use` (409), `database_unavailable` (503); MigrationError
 */
export async function startControl(options: ControlOptions): Promise<RunningControl> {
  const undo: (() => unknown)[] = [];
  const stop = () => undoAll(undo);
  try {
    return { ...(await start(options, undo)), stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** Takes all steps, the last first, also when one of them fails; the first failure is thrown at the end. */
async function undoAll(steps: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** @param undo takes the steps that stop what was started, in the order of the start */
async function start(options: ControlOptions, undo: (() => unknown)[]): Promise<Omit<RunningControl, 'stop'>> {
  const log = createLog('control');
  const data = resolve(options.data);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  undo.push(lockFolder(data));
  const keys = readInstallationKeys(data);
  const url = options.database ?? process.env['SALLYPORT_DATABASE'];
  const database = await openDatabase({ log, migrations, data, ...(url === undefined ? {} : { url }) });
  undo.push(() => database.close());

  await claimDatabase(database, keys);

  const modules = createModules({ options, log, database, keys });
  const { evidence, gateways, identity, policies, upstreams } = modules;
  await evidence.preparePartitions();
  await policies.prepare();
  await upstreams.prepare(process.env);
  const firstKey = await identity.createFirstSteps();
  undo.push(everyHour(log, [evidence.preparePartitions, evidence.refreshStatistics, identity.tidy, modules.limits.tidy]));

  const whereabouts: Whereabouts = { gateway: null };
  const server = await createServer(options, log, modules, whereabouts);
  undo.push(() => closeHttpServer(server));
  await gateways.start();
  // Before the server closes: gateways that wait for news would keep it open.
  undo.push(() => gateways.stop());
  const base = baseUrl(options.host, await listen(server, options));
  const metrics = options.metricsPort === undefined ? undefined : await giveMetrics(options.metricsPort, gateways, undo);
  undo.push(writeLocalFile(data, { api: `${base}/api/v1`, token: identity.localToken.reveal(), pid: process.pid }));

  const gateway = options.gateways && (await startSupervisor({ ...options.gateways, host: options.host, data, log, controlUrl: base, gateways }, undo));
  whereabouts.gateway = gateway ?? null;
  return {
    console: base,
    api: `${base}/api/v1`,
    ...(gateway === undefined ? {} : { gateway }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(firstKey === undefined ? {} : { firstKey }),
    createSetupLink: async () => {
      const token = await identity.createSetupToken();
      return token && new Secret(`${base}/setup#token=${token.reveal()}`);
    },
  };
}

/**
 * The OpenAPI document of every route under /api/, from the route table itself; no database and no server are in reach.
 */
export async function describeApi(): Promise<object> {
  const log = createLog('openapi', 'silent');
  const key = () => new Secret(randomBytes(32).toString('base64url'));
  const keys = { installation: newId(), signing: createSigningKey(), masking: key(), encryption: key() };
  const options: ControlOptions = { data: '', host: '', port: 0 };
  const server = await createServer(options, log, createModules({ options, log, database: detachedDatabase(), keys }), { gateway: null });
  await server.ready();
  return server.swagger();
}

/** A database to which nothing can be said. */
function detachedDatabase(): Database {
  const refuse = () => Promise.reject(new Error('There is no database.'));
  const detached: Database = {
    engine: 'pglite',
    kysely: new Kysely({ dialect: { createAdapter: () => new PostgresAdapter(), createDriver: () => new DummyDriver(), createIntrospector: (db) => new PostgresIntrospector(db), createQueryCompiler: () => new PostgresQueryCompiler() } }),
    transaction: refuse,
    withTables: <Own>() => detached as unknown as Database<Own>,
    onConfigurationChange: () => () => undefined,
    close: async () => undefined,
  };
  return detached;
}

interface Modules {
  readonly installation: string;
  readonly database: Database;
  readonly evidence: Evidence;
  readonly identity: Identity;
  readonly policies: Policies;
  readonly upstreams: Upstreams;
  readonly limits: Limits;
  readonly gateways: Gateways;
}

function createModules({ options, log, database, keys }: { options: ControlOptions; log: Log; database: Database; keys: InstallationKeys }): Modules {
  // Evidence and upstreams show what only the gateways' module knows, which is built after them.
  const evidence: Evidence = createEvidence({ database, gatewayName: (id) => gateways.gatewayName(id) });
  const { recordEvent } = evidence;
  const identity = createIdentity({ database, recordEvent, lastUse: evidence.lastUse, https: options.https ?? false });
  const policies = createPolicies({ database, recordEvent });
  const upstreams = createUpstreams({ database, log, recordEvent, keyEncryptionKey: keys.encryption, maskingKey: keys.masking, readHealth: () => gateways.upstreamHealth() });
  const limits = createLimits({
    database, recordEvent,
    subjectExists: async (scope, id) => (scope === 'key' ? await identity.keysSection() : await identity.applicationsSection()).some((entry) => entry.id === id),
    gatewayOf: (request) => gateways.gatewayOf(request),
  });
  const gateways: Gateways = createGateways({
    database, log, evidence, signingKey: keys.signing, installation: keys.installation,
    sections: {
      keys: identity.keysSection,
      applications: identity.applicationsSection,
      policies: policies.section,
      upstreams: upstreams.section,
      detectors: async () => ({ disabled: [] }),
      limits: limits.section,
      credentialsFor: upstreams.credentialsFor,
    },
  });
  return { installation: keys.installation, database, evidence, identity, policies, upstreams, limits, gateways };
}

/** @returns its address */
async function giveMetrics(port: number, gateways: Gateways, undo: (() => unknown)[]): Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  gateways.measure(registry);
  const listener = await listenForMetrics(registry, port);
  undo.push(() => listener.close());
  return `http://127.0.0.1:${listener.port}/metrics`;
}

/** What is known only once everything listens. */
interface Whereabouts {
  gateway: string | null;
}

async function createServer(options: ControlOptions, log: Log, modules: Modules, whereabouts: Whereabouts): Promise<HttpServer> {
  const { evidence, identity, policies, upstreams, limits, gateways } = modules;
  const server = await createHttpServer({
    log,
    api: { title: 'Sallyport', version: VERSION, description: 'Control plane of Sallyport. Errors are problem details (RFC 9457) with a stable `code`.' },
    authenticate: (request, access) => (access === 'gateway' ? gateways.authenticate(request) : identity.authenticate(request, access)),
    allowedHosts: options.allowHost ?? [],
    https: options.https ?? false,
  });
  for (const { routes } of [identity, evidence, policies, upstreams, limits, gateways]) routes(server);
  mountStatus(server, modules, whereabouts);
  server.get('/api/v1/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => server.swagger());
  await serveStaticSite(server, { folder: CONSOLE_FOLDER, reserved: ['/api/', '/internal/'], whenMissing: CONSOLE_MISSING });
  return server;
}

const status = z
  .object({
    version: z.string(),
    installation: z.string(),
    gatewayUrl: z.string().nullable().describe('Where this machine\'s gateways answer, without /v1; null when it runs none.'),
    database: z.object({ engine: z.enum(['pglite', 'postgres']), ok: z.boolean() }),
    snapshotSerial: z.number().int(),
    gateways: z.array(gatewaySchema),
    upstreams: z.array(z.object({ id: z.string(), name: z.string(), state: z.enum(['healthy', 'failing', 'unknown']), since: z.string().nullable(), error: z.string().optional() })),
  })
  .meta({ id: 'Status' });

/** Answers also while the database is away: that is when somebody asks. */
function mountStatus(server: HttpServer, { database, gateways, upstreams, installation }: Modules, whereabouts: Whereabouts): void {
  server.get('/api/v1/status', { config: { access: 'signed-in' }, schema: { tags: ['status'], summary: 'Whether the installation runs well', response: { 200: status } } }, async () => {
    const common = { version: VERSION, installation, gatewayUrl: whereabouts.gateway };
    try {
      const [health, entries, state] = [await gateways.upstreamHealth(), await upstreams.section(), await gateways.status()];
      return {
        ...common,
        database: { engine: database.engine, ok: true },
        snapshotSerial: state.snapshotSerial,
        gateways: [...state.gateways],
        upstreams: entries.map(({ id, name }) => ({ ...(health.get(id) ?? { state: 'unknown' as const, since: null }), id: toPublicId('ups', id), name })),
      };
    } catch {
      return { ...common, database: { engine: database.engine, ok: false }, snapshotSerial: 0, gateways: [], upstreams: [] };
    }
  });
}

/** Tells commands on this machine where control is and how to be its administrator; readable by its owner alone. @returns removes it */
function writeLocalFile(data: string, content: { api: string; token: string; pid: number }): () => void {
  const path = join(data, 'local.json');
  replaceFileSync(path, JSON.stringify(content));
  return () => rmSync(path, { force: true });
}

/** @returns ends it */
function everyHour(log: Log, chores: readonly (() => Promise<void>)[]): () => void {
  const timer = setInterval(() => {
    for (const chore of chores) chore().catch((error: unknown) => log.error({ err: error }, 'an hourly chore failed'));
  }, HOUR_MS);
  return () => clearInterval(timer);
}

interface LocalGateways extends NonNullable<ControlOptions['gateways']> {
  readonly host: string;
  readonly data: string;
  readonly log: Log;
  readonly controlUrl: string;
  readonly gateways: Gateways;
}

/** Runs this machine's gateways. They are stopped first of all, while control can still take in what they recorded. @returns their address */
async function startSupervisor({ data, ...options }: LocalGateways, undo: (() => unknown)[]): Promise<string> {
  const supervisor = createSupervisor({ ...options, folder: join(data, 'gateways') });
  undo.push(() => supervisor.stop());
  const { port } = await supervisor.start();
  return baseUrl(options.host, port);
}

/** @returns the port that it got @throws AppError `address_in_use` (409) */
async function listen(server: HttpServer, { host, port }: ControlOptions): Promise<number> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw conflict('address_in_use', `Port ${port} on ${host} is in use. Stop what listens there, or name another with --port.`);
  }
  return (server.server.address() as AddressInfo).port;
}

/** Where this machine itself reaches a server that listens on `host`. */
function baseUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { removeFolder, temporaryFolder } from './temporary-folder.ts';

/** A PostgreSQL server of the tests' own: on a socket alone, without a network port. */
export interface PostgresServer {
  /** Folder of its socket. */
  readonly socket: string;
  stop(): Promise<void>;
}

const VERSIONS = '/usr/lib/postgresql';
const OWNER = 'sallyport';
/** Speed over safety: what these databases hold is thrown away. */
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'listen_addresses=', 'max_connections=60', 'shared_buffers=32MB', 'max_wal_size=256MB'];

/** The oldest PostgreSQL that is installed: what runs there runs on later ones. @throws Error that says what to install */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = postgresBinaries();
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const user = unprivilegedUser();
  for (const path of [data, socket]) mkdirSync(path);
  if (user) for (const path of [folder, data, socket]) chownSync(path, user.uid, user.gid);
  chmodSync(folder, 0o755);
  const initdb = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], { ...user, encoding: 'utf8' });
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  const server = spawnTied(join(bin, 'postgres'), ['-D', data, '-k', socket, ...SETTINGS.flatMap((setting) => ['-c', setting])], user);
  await answers(server, socket);
  await administer(socket, (client) => client.query(`create role ${OWNER} login`));
  return {
    socket,
    stop: async () => {
      const exited = once(server, 'exit');
      if (server.exitCode === null && server.kill('SIGINT')) await exited;
      removeFolder(folder);
    },
  };
}

export const databaseUrl = (socket: string, name: string): string => `postgres://${OWNER}@/${name}?host=${encodeURIComponent(socket)}`;

/** @param template whose copy it is to be; without one it is empty */
export async function createPostgresDatabase(socket: string, name: string, template = 'template0'): Promise<void> {
  await administer(socket, (client) => client.query(`create database ${name} template ${template} owner ${OWNER}`));
}

export async function dropPostgresDatabase(socket: string, name: string): Promise<void> {
  await administer(socket, (client) => client.query(`drop database if exists ${name} with (force)`));
}

async function administer(socket: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ host: socket, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function postgresBinaries(): string {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(a) - Number(b)) : [];
  const found = versions.map((version) => join(VERSIONS, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (!found) throw new Error(`The database tests need PostgreSQL 15 or newer under ${VERSIONS}. On Debian or Ubuntu: sudo apt-get install postgresql`);
  return found;
}

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/** A server that ends with this process, also when it is killed (prctl(2), PR_SET_PDEATHSIG). */
function spawnTied(command: string, args: readonly string[], user: { uid: number; gid: number } | undefined): ChildProcess {
  const become = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return spawn('setpriv', [...become, '--pdeathsig=INT', command, ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
}

async function answers(server: ChildProcess, socket: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at its start (exit code ${server.exitCode}).`);
    const ready = await administer(socket, async () => undefined).then(() => true, () => false);
    if (ready) return;
    await delay(25);
  }
  throw new Error('PostgreSQL did not answer within 30 s.');
}

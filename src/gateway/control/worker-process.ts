import { spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { isAlive, type ProcessIdentity } from '#platform/process-identity.ts';
import type { WorkerMessage } from '../process-file.ts';

/** A gateway process, started by this control or found running. */
export interface WorkerProcess {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface SpawnOptions {
  readonly folder: string;
  readonly name: string;
  /** URL of control, or of the file that holds it. */
  readonly control: string;
  readonly host: string;
  readonly port: number;
  readonly reusePort: boolean;
  readonly durability: 'batch' | 'sync';
  /** It serves nobody, and ends when all that its spool holds is sent. */
  readonly flushOnly: boolean;
}

const MAIN = join(import.meta.dirname, '..', '..', `main${extname(import.meta.url)}`);
const LOOK_EVERY_MS = 250;
/** V8's nursery, MB: Node's own limit of 64 MB takes some 110 MB more memory under load, for a gain in time within the noise (measured). */
const ENGINE_FLAGS = ['--max-semi-space-size=16'];

/**
 * Starts a gateway process. It does not die with us: the end of the channel is no reason for it to stop.
 *
 * @param onMessage what it tells of its start
 */
export function spawnWorker(options: SpawnOptions, onMessage: (message: WorkerMessage) => void): WorkerProcess {
  const { folder, name, control, host, port, durability } = options;
  const flags = [...(options.reusePort ? ['--reuse-port'] : []), ...(options.flushOnly ? ['--flush-only'] : [])];
  const args = ['gateway', '--data', folder, '--name', name, '--control', control, '--host', host, '--port', String(port), '--durability', durability, ...flags];
  const child = spawn(process.execPath, [...process.execArgv, ...ENGINE_FLAGS, MAIN, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...gatewayEnvironment(process.env), ...memoryEnvironment() },
    // In a group of its own: Ctrl-C in a terminal reaches control alone, which asks its gateways to drain, once.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  child.on('message', (message) => onMessage(message as WorkerMessage));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // It could not be started at all.
    child.once('error', () => resolve());
  });
  return { pid: child.pid ?? 0, ended, signal: (signal) => void child.kill(signal) };
}

/** Watches a gateway process that another control started. */
export function adoptWorker(identity: ProcessIdentity): WorkerProcess {
  const ended = new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (isAlive(identity)) return;
      clearInterval(look);
      resolve();
    }, LOOK_EVERY_MS);
  });
  return { pid: identity.pid, ended, signal: (signal) => { if (isAlive(identity)) process.kill(identity.pid, signal); } };
}

const THEIRS: ReadonlySet<string> = new Set(['SALLYPORT_LOG_LEVEL', 'SALLYPORT_REDIS_URL']);

/** Our own settings hold secrets (credentials, the key-encryption key) that a gateway gets sealed or not at all. */
function gatewayEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string) => name.startsWith('SALLYPORT_') && !THEIRS.has(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOurs(name)));
}

/**
 * What spares a gateway some 30 MB: code that an earlier run compiled, so that it need not load what strips the types, and fewer
 * arenas of the C library's allocator, of which each thread takes one of its own.
 */
function memoryEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  return { MALLOC_ARENA_MAX: '2', ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }) };
}

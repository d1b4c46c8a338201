import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..', '..');

/** The one line on standard output that says that Sallyport answers. */
export interface Ready {
  readonly event: 'ready';
  readonly console: string;
  readonly api: string;
  readonly gateway: string;
  readonly key?: string;
  readonly setup?: string;
}

export interface RunningSallyport {
  readonly ready: Ready;
  readonly dataFolder: string;
  readonly process: ChildProcess;
  /** What it wrote on standard error so far. */
  log(): string;
  /** Asks it to stop, waits, and answers its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  /** Made, and removed by `cleanUp`, when absent. */
  readonly dataFolder?: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts the real product, `sallyport up`, on free ports and waits until it is ready.
 * @throws Error with what it wrote on standard error when it ends, or is not ready within 60 s
 */
export async function startSallyport(options: StartOptions = {}): Promise<RunningSallyport> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'sallyport-')));
  const ports = options.args?.includes('--port') ? [] : ['--port', '0', '--gateway-port', '0'];
  const args = [join(root, 'src', 'main.ts'), 'up', '--json', '--data', dataFolder, ...ports, ...(options.args ?? [])];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { log += text; });
  const line = await firstLine(child, () => log).catch(async (error: unknown) => {
    await killGateways(dataFolder);
    throw error;
  });
  return {
    ready: JSON.parse(line) as Ready,
    dataFolder,
    process: child,
    log: () => log,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      return (await exited)[0];
    },
  };
}

/** Stops it, with the gateways that outlive a killed control, and removes its data. */
export async function cleanUp(sallyport: RunningSallyport | undefined): Promise<void> {
  if (!sallyport) return;
  await sallyport.stop();
  await killGateways(sallyport.dataFolder);
  await rm(sallyport.dataFolder, { recursive: true, force: true });
}

/** Ends gateway processes of a data folder that are still there; each one's command line names its folder. */
async function killGateways(dataFolder: string): Promise<void> {
  const slots = join(dataFolder, 'gateways');
  for (const slot of await readdir(slots).catch(() => [])) {
    const text = await readFile(join(slots, slot, 'process.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { pid } = JSON.parse(text) as { pid: number };
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(dataFolder)) process.kill(pid, 'SIGKILL');
  }
}

async function firstLine(child: ChildProcess, log: () => string): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`sallyport up ${why}\n${log()}`));
    };
    const timer = setTimeout(() => fail('was not ready within 60 s'), 60_000);
    child.once('exit', (code, signal) => fail(`ended before it was ready (${signal ?? `exit ${code}`})`));
    lines.once('line', (line) => {
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(line);
    });
  });
}

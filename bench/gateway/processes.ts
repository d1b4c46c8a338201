import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Clock ticks a second in which Linux counts CPU time (sysconf(_SC_CLK_TCK)). */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** Starts a script pinned to one core and answers it with the first line that it prints. */
export async function startPinned(core: number, script: string, args: readonly string[], stderr: 'inherit' | 'ignore' = 'inherit'): Promise<{ process: ChildProcess; line: string }> {
  const child = spawn('taskset', ['-c', String(core), process.execPath, script, ...args], { stdio: ['ignore', 'pipe', stderr] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it printed a line`)));
  });
  return { process: child, line };
}

/** Starts a script pinned to one core; what it prints on standard output is passed over. `taskset` becomes the script: its id is the script's. */
export function spawnPinned(core: number, script: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn('taskset', ['-c', String(core), process.execPath, script, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
}

/** Moves a running process with all its threads to a core. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}

/** Seconds of CPU, user and system, that a process with all its threads has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory in MB. */
export function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-start-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('npm start', () => {
  it('prints the ready line and nothing else, and a signal to npm drains the product', async () => {
    const child = spawn('npm', ['start', '--silent', '--', '--json', '--data', join(folder, 'data'), '--port', '0', '--gateway-port', '0'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    const lines: string[] = [];
    const output = createInterface({ input: child.stdout });
    output.on('line', (line) => lines.push(line));
    await once(output, 'line');
    const ready = JSON.parse(lines[0] ?? '') as Record<string, string>;
    expect(Object.keys(ready).sort()).toEqual(['api', 'console', 'event', 'gateway', 'key', 'setup']);
    expect(ready['key']).toMatch(/^sp_[A-Za-z0-9_-]{43}$/);
    expect((await fetch(`${ready['console']}/`)).status).toBe(200);
    expect((await fetch(`${ready['gateway']}/healthz`)).status).toBe(200);

    const gatewayPid = (JSON.parse(readFileSync(join(folder, 'data', 'gateways', '1', 'process.json'), 'utf8')) as { pid: number }).pid;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    await expect(fetch(`${ready['console']}/`)).rejects.toThrow();
    await expect(fetch(`${ready['gateway']}/healthz`)).rejects.toThrow();
    expect(existsSync(`/proc/${gatewayPid}`)).toBe(false);
    expect(lines.length).toBe(1);
  }, 90_000);
});

describe('bin/sallyport', () => {
  it('runs with the pinned Node whatever Node calls it', () => {
    const other = otherNode();
    const result = spawnSync(other, [join(root, 'bin', 'sallyport'), 'inspect'], { input: 'write to dora@example.org today', cwd: folder });
    expect(result.stderr.toString()).toBe('');
    expect(result.status).toBe(0);
    const finding = JSON.parse(result.stdout.toString().trim()) as { kind: string; start: number; end: number };
    expect(finding).toMatchObject({ kind: 'email_address', start: 9, end: 25 });
  });

  it('passes exit codes on', () => {
    expect(spawnSync(otherNode(), [join(root, 'bin', 'sallyport'), 'no-such-command']).status).toBe(2);
  });
});

/** The machine's own Node if it has one besides the pinned one, else the one that runs this test. */
function otherNode(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  const found = folders.map((entry) => join(entry, 'node')).find((path) => existsSync(path));
  return found !== undefined && Number(execFileSync(found, ['-p', 'process.versions.node.split(".")[0]']).toString()) >= 20 ? found : process.execPath;
}

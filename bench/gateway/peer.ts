import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../../test/harness/api-client.ts';
import { spawnPinned } from './processes.ts';

/** Its own ranges let in a release of hono with which every stream fails; these are the versions of its lockfile. */
const PACKAGE = { private: true, dependencies: { '@portkey-ai/gateway': '1.15.2' }, overrides: { hono: '4.9.7', '@hono/node-server': '1.13.5' } };

export interface Peer {
  readonly url: string;
  readonly pid: number;
  /** With which it calls the bench's provider; none of its guards is on. */
  readonly headers: Readonly<Record<string, string>>;
  kill(): void;
}

/** Installs Portkey's gateway in a folder by npm, without install scripts, and starts it pinned to a core. */
export async function startPortkey(core: number, folder: string, provider: string): Promise<Peer> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(PACKAGE));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const port = await freePort();
  const server = join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  const child = spawnPinned(core, server, [`--port=${port}`, '--headless'], { ...process.env, NODE_ENV: 'production' });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(url)).status, () => true);
  return { url, pid: child.pid ?? 0, headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${provider}/v1` }, kill: () => child.kill() };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

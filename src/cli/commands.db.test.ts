import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { copyData } from '../../test/harness/embedded-template.ts';
import { createTestDatabase } from '../../test/harness/database.ts';
import { removeFolder, temporaryFolder } from '../../test/harness/temporary-folder.ts';
import { startControl, type RunningControl } from '../control-app.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'openapi.json');

let data: string;
let control: RunningControl;

beforeAll(async () => {
  data = temporaryFolder();
  const databases = inject('databases');
  if (!databases) throw new Error('No databases were started.');
  await copyData(databases.embedded, data);
  control = await startControl({ data, host: '127.0.0.1', port: 0 });
}, 90_000);

afterAll(async () => {
  await control?.stop();
  removeFolder(data);
});

/** Runs the command line in a process of its own, as a person would. */
async function sallyport(args: readonly string[], { input = '', env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, SALLYPORT_TOKEN: undefined, ...env } });
  const exited = once(child, 'exit') as Promise<[number]>;
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, code };
}

const onInstance = (...args: string[]) => sallyport([...args, '--data', data]);
const local = () => JSON.parse(readFileSync(join(data, 'local.json'), 'utf8')) as { api: string; token: string; pid: number };

describe('a running instance', () => {
  it('keeps what is secret for its owner’s eyes alone', () => {
    for (const name of ['local.json', 'keys/signing.pem', 'keys/masking', 'keys/kek', 'keys/installation']) expect(statSync(join(data, name)).mode & 0o777, name).toBe(0o600);
    expect(local()).toMatchObject({ api: control.api, pid: process.pid });
  });

  it('lets nobody through a route that is not public', async () => {
    const { paths } = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as { paths: Record<string, Record<string, { security?: object[] }>> };
    const isPublic = new Set(['get /api/v1/setup', 'post /api/v1/setup', 'post /api/v1/session']);
    let walked = 0;
    for (const [path, operations] of Object.entries(paths)) {
      for (const method of Object.keys(operations)) {
        if (isPublic.has(`${method} ${path}`)) continue;
        const url = control.console + path.replace('{id}', 'x');
        for (const headers of [{}, { authorization: 'Bearer spa_wrong' }, { cookie: `sallyport_session=${'a'.repeat(43)}` }]) {
          expect((await fetch(url, { method: method.toUpperCase(), headers })).status, `${method} ${path}`).toBe(401);
        }
        walked += 1;
      }
    }
    expect(walked).toBeGreaterThan(20);
  });

  it('lets no gateway’s route be used by people, and none of theirs by a gateway', async () => {
    const { token } = local();
    for (const path of ['/internal/v1/snapshot?after=0&wait=0', '/internal/v1/records', '/internal/v1/budget-leases']) {
      expect((await fetch(control.console + path, { method: path.includes('snapshot') ? 'GET' : 'POST', headers: { authorization: `Bearer ${token}` } })).status, path).toBe(401);
    }
    expect((await fetch(`${control.api}/keys`, { headers: { authorization: `Bearer spg_${'a'.repeat(43)}` } })).status).toBe(401);
  });

  it('serves the console’s page for its places, and never for the API', async () => {
    const get = (path: string) => fetch(control.console + path, { headers: { accept: 'text/html' } });
    for (const path of ['/', '/traffic', '/setup']) {
      const page = await get(path);
      expect([page.status, page.headers.get('content-type')?.split(';')[0]], path).toEqual([200, 'text/html']);
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    }
    for (const path of ['/api/v1/nothing', '/api/nothing', '/internal/v1/nothing', '/assets/nothing.js', '/assets/..%2f..%2fpackage.json', '/..%2f..%2fpackage.json']) {
      const answer = await get(path);
      expect((await answer.text()).includes('"dependencies"'), path).toBe(false);
      if (!path.startsWith('/..')) expect(answer.status, path).toBe(404);
    }
  });
});

describe('keys', () => {
  it('are created, listed and revoked', async () => {
    const created = await onInstance('keys', 'create', '--application', 'billing', '--json');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const { secret, id } = JSON.parse(created.stdout) as { secret: string; id: string };
    expect(secret).toMatch(/^sp_[\w-]{43}$/);
    const list = await onInstance('keys', 'list');
    expect(list.stdout).toContain(id);
    expect(list.stdout).not.toContain(secret);
    expect((await onInstance('keys', 'revoke', id)).stdout).toBe(`Revoked ${id} of billing.\n`);
    expect((await onInstance('keys', 'list')).stdout).toMatch(new RegExp(`${id}.*revoked`));
    expect(await onInstance('keys', 'revoke', 'key_x')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('does not exist') });
  });

  it('print the bare key for a pipe', async () => {
    expect((await onInstance('keys', 'create', '--application', 'billing')).stdout).toMatch(/^sp_[\w-]{43}\n$/);
  });
});

describe('upstreams', () => {
  it('take their credential from the environment alone', async () => {
    const add = ['upstreams', 'add', 'local', '--base-url', 'http://127.0.0.1:9/v1', '--allow-private', '--models', 'a, b', '--json', '--data', data];
    expect(await sallyport([...add, '--api-key-env', 'NOT_SET'])).toMatchObject({ code: 2, stderr: expect.stringContaining('NOT_SET') });
    const added = await sallyport([...add, '--api-key-env', 'PROVIDER_KEY'], { env: { PROVIDER_KEY: 'sk-0123456789abcdef' } });
    expect(JSON.parse(added.stdout)).toMatchObject({ name: 'local', models: ['a', 'b'], hasCredential: true });
    expect((await onInstance('upstreams', 'kinds')).stdout).toMatch(/azure-openai +Azure OpenAI +to be given +openai\.chat_completions/);
    expect((await onInstance('upstreams', 'list')).stdout).toMatch(/local .*http:\/\/127\.0\.0\.1:9\/v1 .*a,b/);
    expect((await onInstance('upstreams', 'remove', 'local')).code).toBe(0);
    expect(await onInstance('upstreams', 'add', 'bad', '--base-url', 'http://example.com', '--models', 'm')).toMatchObject({ code: 1, stderr: expect.stringContaining('https://') });
  });
});

describe('applications, policies, gateways and set-up', () => {
  it('answer for people and for machines', async () => {
    expect((await onInstance('applications', 'create', '--name', 'search', '--owner', 'web', '--purpose', 'finding things')).stdout).toMatch(/^app_[0-9a-f]{32}\n$/);
    expect((await onInstance('applications', 'list')).stdout).toContain('finding things');
    const { items } = JSON.parse((await onInstance('policies', 'list', '--json')).stdout) as { items: { name: string }[] };
    const name = items.find((policy) => policy.name.includes('secrets'))?.name ?? '';
    expect((await onInstance('policies', 'set-mode', name, 'share', '--percent', '10', '--json')).stdout).toContain('"sharePercent":10');
    expect((await onInstance('policies', 'set-mode', name, 'sometimes')).code).toBe(2);
    expect((await onInstance('policies', 'set-mode', 'nobody', 'observe')).code).toBe(1);
    expect((await onInstance('gateways', 'token', '--name', 'rack-7')).stdout).toMatch(/^spe_[\w-]{43}\n$/);
    expect((await onInstance('setup-link')).stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/setup#token=[\w-]{43}\n$/);
  });
});

describe('limits', () => {
  it('are added, listed, changed and removed', async () => {
    const added = await onInstance('limits', 'add', 'monthly', '--measure', 'money', '--amount', '12.50', '--per', 'month', '--each', 'application');
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('12.50 USD a month') as unknown });
    expect((await onInstance('limits', 'list')).stdout).toMatch(/monthly .*each application .*12\.50 USD a month .*0\.00 USD/);
    expect(JSON.parse((await onInstance('limits', 'change', 'monthly', '--amount', '20', '--json')).stdout)).toMatchObject({ amount: 20_000_000, currency: 'USD' });
    expect((await onInstance('limits', 'add', 'burst', '--measure', 'money', '--amount', '1', '--per', 'minute')).stderr).toContain('Money is limited by day or month.');
    expect((await onInstance('limits', 'add', 'half', '--measure', 'requests', '--amount', '0.5', '--per', 'minute')).code).toBe(2);
    expect((await onInstance('limits', 'remove', 'monthly')).code).toBe(0);
    expect((await onInstance('limits', 'list')).stdout).toContain('No limits yet');
  });
});

describe('status', () => {
  it('says how it is, and fails while no gateway is there', async () => {
    const status = await onInstance('status', '--json');
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout)).toMatchObject({ database: { engine: 'pglite', ok: true }, gateways: [], upstreams: [{ name: 'sandbox', state: 'unknown' }] });
  });

  it('reaches another machine by address and credential', async () => {
    const { token } = local();
    expect((await sallyport(['status', '--json', '--url', control.console], { env: { SALLYPORT_TOKEN: token } })).stdout).toContain('"engine":"pglite"');
    expect(await sallyport(['status', '--url', control.console])).toMatchObject({ code: 2, stderr: expect.stringContaining('SALLYPORT_TOKEN') });
    expect(await sallyport(['status', '--url', control.console, '--token', 'spa_wrong'])).toMatchObject({ code: 1, stderr: expect.stringContaining('unauthenticated') });
    expect(await sallyport(['status', '--url', 'http://127.0.0.1:9', '--token', 'spa_wrong'])).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing answers') });
  });
});

describe('control on PostgreSQL', () => {
  it('runs beside another that has the same keys, and not with keys of its own', async () => {
    const database = await createTestDatabase('postgres');
    const [one, two, stranger] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    const start = (folder: string) => startControl({ data: folder, host: '127.0.0.1', port: 0, database: 'url' in database.place ? database.place.url : '' });
    try {
      const first = await start(one);
      cpSync(join(one, 'keys'), join(two, 'keys'), { recursive: true });
      const second = await start(two);
      expect(first.firstKey).toBeDefined();
      expect(second.firstKey).toBeUndefined();
      const { stdout } = await sallyport(['status', '--json', '--data', two]);
      expect(JSON.parse(stdout)).toMatchObject({ database: { engine: 'postgres', ok: true } });
      await expect(start(stranger)).rejects.toMatchObject({ code: 'installation_mismatch' });
      await Promise.all([first.stop(), second.stop()]);
    } finally {
      await database.remove();
      [one, two, stranger].forEach(removeFolder);
    }
  });
});

describe('without an instance', () => {
  it('says what to do', async () => {
    expect(await sallyport(['keys', 'list', '--data', '/nonexistent'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('sallyport up') });
  });

  it('refuses what it cannot understand with exit code 2', async () => {
    for (const args of [[], ['nonsense'], ['keys', 'create'], ['up', '--port', '70000'], ['up', '--workers', '0'], ['up', '--durability', 'maybe'], ['status', '--nonsense']]) {
      expect((await sallyport(args)).code, args.join(' ')).toBe(2);
    }
    expect(await sallyport(['--help'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('refuses a data folder in use, and a port in use, with exit code 1', async () => {
    expect(await sallyport(['control', '--data', data, '--port', '0'])).toMatchObject({ code: 1, stdout: '' });
    const port = new URL(control.console).port;
    const other = temporaryFolder();
    try {
      const databases = inject('databases');
      await copyData(databases?.embedded ?? '', other);
      expect(await sallyport(['control', '--data', other, '--port', port])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`) });
    } finally {
      removeFolder(other);
    }
  });
});

describe('inspect', () => {
  it('finds offline, one JSON line a finding', async () => {
    const { stdout, code } = await sallyport(['inspect'], { input: 'write to dora@example.org today' });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'email_address', start: 9, end: 25 });
  });

  it('goes on after a bad line and says so at the end', async () => {
    const { stdout, code } = await sallyport(['inspect', '--jsonl'], { input: '{"id":"a","text":"x"}\nnonsense\n{"id":"b","text":"dora@example.org"}\n' });
    expect(code).toBe(1);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as { id: string | null; findings?: unknown[] });
    expect(lines.map(({ id, findings }) => [id, findings?.length])).toEqual([['a', 0], [null, undefined], ['b', 1]]);
  });
});

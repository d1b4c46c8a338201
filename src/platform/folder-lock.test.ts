import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';
import { thisProcess } from './process-identity.ts';

let folder: string;
const file = () => join(folder, 'lock');
const leave = (owner: unknown) => writeFileSync(file(), typeof owner === 'string' ? owner : JSON.stringify(owner));
const inUse = expect.objectContaining({ code: 'folder_in_use', status: 409 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-test-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock of a folder', () => {
  it('is held by one, given back, and leaves nothing', () => {
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(inUse);
    release();
    lockFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a living process is refused, and the message says whose it is', async () => {
    const other = spawn('sleep', ['60']);
    leave({ pid: other.pid, token: 'x' });
    expect(() => lockFolder(folder)).toThrow(`process ${other.pid}`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    lockFolder(folder)();
  });

  it.each([
    ['a process that ended', () => leave({ pid: spawnSync('true').pid, startedAt: 'long ago', token: 'x' })],
    ['a process whose id another one has by now', () => leave({ ...thisProcess(), startedAt: 'another boot/1', token: 'x' })],
    ['nobody, being empty', () => leave('')],
    ['nobody, being torn', () => leave('{"pid":12')],
  ])('that belongs to %s is taken over', (_whose, prepare) => {
    prepare();
    const release = lockFolder(folder);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ pid: process.pid });
    release();
  });

  it('is not removed by a holder that lost it', () => {
    const release = lockFolder(folder);
    leave({ ...thisProcess(), token: 'somebody else' });
    release();
    expect(existsSync(file())).toBe(true);
  });

  it('is not taken over by two at once; a takeover that was cut short does not block for ever', () => {
    leave({ pid: spawnSync('true').pid, startedAt: 'long ago', token: 'x' });
    mkdirSync(`${file()}.takeover`);
    expect(() => lockFolder(folder)).toThrow(inUse);
    utimesSync(`${file()}.takeover`, new Date(0), new Date(0));
    lockFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });
});

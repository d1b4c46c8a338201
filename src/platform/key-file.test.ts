import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrCreateKeyFile } from './key-file.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a key file', () => {
  it('is made once, for its owner alone, and leaves no draft', () => {
    const path = join(folder, 'keys', 'kek');
    expect(readOrCreateKeyFile(path, () => 'first')).toBe('first');
    expect(readOrCreateKeyFile(path, () => 'second')).toBe('first');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'keys'))).toEqual(['kek']);
  });

  it('that another process made in the meantime wins', () => {
    const path = join(folder, 'kek');
    expect(readOrCreateKeyFile(path, () => { writeFileSync(path, 'theirs\n'); return 'ours'; })).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['kek']);
  });

  it('that cannot be read is an error, never a new key', () => {
    const path = join(folder, 'kek');
    expect(() => readOrCreateKeyFile(folder, () => 'x')).toThrow('EISDIR');
    expect(() => readOrCreateKeyFile(join(path, 'x', '\0'), () => 'x')).toThrow();
  });
});

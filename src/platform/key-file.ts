import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { newId } from './ids.ts';

/**
 * Reads a secret file, or makes it. It appears whole, on disk and for its owner alone (0600), or not at all; of two processes
 * that make it at once, one wins and both read the same.
 *
 * @param make the text of a new one
 */
export function readOrCreateKeyFile(path: string, make: () => string): string {
  return readIfThere(path) ?? createKeyFile(path, make());
}

function createKeyFile(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${newId()}`;
  writeDurably(draft, text);
  try {
    // A link, unlike a rename, never replaces what another process has just put there.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  syncFolder(dirname(path));
  return readFileSync(path, 'utf8').trim();
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A file's name is safe only once its folder is on disk too. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

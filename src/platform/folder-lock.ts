import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { AppError } from './errors.ts';
import { isAlive, thisProcess, type ProcessIdentity } from './process-identity.ts';

interface Owner extends ProcessIdentity {
  /** Tells two openings by one process apart. */
  readonly token: string;
}

/** A takeover is a handful of system calls; one that is older was killed amid them. */
const TAKEOVER_MAX_MS = 10_000;

/**
 * Takes a folder for this process alone. The lock is a file that names its owner by process id and start time, so that the lock of
 * a killed process is taken over, also when its id belongs to another process by now.
 *
 * @returns gives the folder back
 * @throws AppError `folder_in_use` (409) when a living process holds it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'lock');
  const own: Owner = { ...thisProcess(), token: randomUUID() };
  const draft = `${file}.${own.token}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600, flush: true });
  try {
    takeLock(file, draft, folder);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readOwner(file)?.token === own.token) rmSync(file, { force: true });
  };
}

/** A hard link is made whole or not at all, and fails when the name is taken. */
function takeLock(file: string, draft: string, folder: string): void {
  if (linkIfFree(draft, file)) return;
  const owner = readOwner(file);
  if (owner && isAlive(owner)) throw inUse(folder, owner.pid);
  takeOver(file, draft, folder);
}

/** Only one process at a time removes what a dead one left; else a second could remove the lock that the first just took. */
function takeOver(file: string, draft: string, folder: string): void {
  const mutex = `${file}.takeover`;
  if (isOlderThan(mutex, TAKEOVER_MAX_MS)) rmSync(mutex, { recursive: true, force: true });
  try {
    mkdirSync(mutex);
  } catch {
    throw inUse(folder, undefined);
  }
  try {
    const owner = readOwner(file);
    if (owner && isAlive(owner)) throw inUse(folder, owner.pid);
    rmSync(file, { force: true });
    if (!linkIfFree(draft, file)) throw inUse(folder, undefined);
  } finally {
    rmSync(mutex, { recursive: true, force: true });
  }
}

function linkIfFree(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isOlderThan(path: string, ms: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > ms;
}

const inUse = (folder: string, pid: number | undefined): AppError =>
  new AppError(409, 'folder_in_use', `The data folder ${folder} is in use${pid === undefined ? '' : ` by process ${pid}`}. Stop that process, or name another folder with --data.`);

function readOwner(file: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const owner = value as Partial<Owner> | null;
    return typeof owner?.pid === 'number' && typeof owner.token === 'string' ? { pid: owner.pid, startedAt: owner.startedAt, token: owner.token } : undefined;
  } catch {
    return undefined;
  }
}

import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;

/**
 * Replaces a file as a whole: who reads it sees the old text or the new one, also after a power cut. Only its owner may read it.
 * Two calls for one file must not overlap.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await written(unfinished, 'w', async (handle) => void (await handle.writeFile(text)));
  await rename(unfinished, file);
  // Windows cannot open a folder to make the names in it durable.
  if (process.platform !== 'win32') await written(dirname(file), 'r', () => Promise.resolve());
}

async function written(path: string, flags: 'r' | 'w', work: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const handle = await open(path, flags, OWNER_ONLY);
  try {
    await work(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same for where the thread must not go on before it is done. */
export function replaceFileSync(file: string, text: string): void {
  const unfinished = `${file}.unfinished`;
  syncAfter(unfinished, 'w', (fd) => void writeSync(fd, text));
  renameSync(unfinished, file);
  if (process.platform !== 'win32') syncAfter(dirname(file), 'r', () => undefined);
}

function syncAfter(path: string, flags: 'r' | 'w', work: (fd: number) => void): void {
  const fd = openSync(path, flags, OWNER_ONLY);
  try {
    work(fd);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

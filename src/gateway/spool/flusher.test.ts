import { closeSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createFlusher } from './flusher.ts';

const NO_FILE = 1_000_000;

describe('the flusher', () => {
  it('says once that the disk failed, and never again that something is safe', async () => {
    const failures: Error[] = [];
    const flusher = createFlusher((error) => failures.push(error));
    flusher.touched(NO_FILE);
    await expect(flusher.flushed()).rejects.toMatchObject({ code: 'EBADF' });
    await expect(flusher.flushed()).rejects.toMatchObject({ code: 'EBADF' });
    expect(failures).toHaveLength(1);
  });

  it('notices a failure that nobody waits for', async () => {
    const failures: Error[] = [];
    const flusher = createFlusher((error) => failures.push(error));
    flusher.touched(NO_FILE);
    await vi.waitFor(() => expect(failures).toHaveLength(1));
  });

  it('serves waiters that come amid a flush', async () => {
    const file = join(tmpdir(), `flusher-${process.pid}`);
    const fd = openSync(file, 'w');
    const flusher = createFlusher((error) => { throw error; });
    flusher.touched(fd);
    const waits = [flusher.flushed(), flusher.flushed()];
    flusher.touched(fd);
    await Promise.all([...waits, flusher.flushed()]);
    closeSync(fd);
    rmSync(file);
  });
});

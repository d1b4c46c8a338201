import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAMED = /^sallyport-test-(\d+)-/;

/** A new folder under the system's own. The caller removes it; one whose process was killed is removed by `removeOrphans`. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), `sallyport-test-${process.pid}-`));

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

/** Removes what earlier runs left that were killed before they could. */
export function removeOrphans(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(NAMED.exec(name)?.[1]);
    if (pid > 0 && !exists(pid)) removeFolder(join(tmpdir(), name));
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

import { fdatasync } from 'node:fs';

const FLUSH_AFTER_MS = 50;

/** Brings written bytes to the disk, off the thread and at most one call at a time. */
export interface Flusher {
  /** Notes that a file was written; it is on the disk within 50 ms and the time of the call. */
  touched(fd: number): void;
  /** Resolves when all that was written before the call is on the disk; calls that come together share one flush. */
  flushed(): Promise<void>;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * @param onFailure called once when the disk refuses: pages may be lost by then (a second try would not tell), so that the
 *   process must not go on as if its records were safe
 */
export function createFlusher(onFailure: (error: Error) => void): Flusher {
  const dirty = new Set<number>();
  let waiters: Waiter[] = [];
  let running = false;
  let failure: Error | undefined;
  let timer: NodeJS.Timeout | undefined;

  const fail = (error: Error, affected: readonly Waiter[]) => {
    if (!failure) onFailure(error);
    failure = error;
    for (const waiter of affected) waiter.reject(error);
  };
  const run = () => {
    timer = undefined;
    if (running || failure) return;
    running = true;
    const fds = [...dirty];
    const served = waiters;
    dirty.clear();
    waiters = [];
    void Promise.all(fds.map(sync)).then(() => served.forEach((waiter) => waiter.resolve()), (error: Error) => fail(error, served)).finally(() => {
      running = false;
      if (failure) waiters.splice(0).forEach((waiter) => waiter.reject(failure as Error));
      else if (waiters.length > 0) run();
      else if (dirty.size > 0) timer ??= setTimeout(run, FLUSH_AFTER_MS);
    });
  };

  return {
    touched(fd) {
      dirty.add(fd);
      if (!running) timer ??= setTimeout(run, FLUSH_AFTER_MS);
    },
    flushed: () =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiters.push({ resolve, reject });
        if (running) return;
        clearTimeout(timer);
        run();
      }),
  };
}

const sync = (fd: number): Promise<void> =>
  new Promise((resolve, reject) => fdatasync(fd, (error) => (error ? reject(error) : resolve())));

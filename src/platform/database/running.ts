import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the transaction amid which code runs. */
interface Running {
  /** The pool whose connection it holds. */
  readonly pool: object;
  open: boolean;
  configurationChanged: boolean;
}

const running = new AsyncLocalStorage<Running>();

/** Whether the calling code runs amid a transaction of this pool that has not ended. */
export function insideTransaction(pool: object): boolean {
  const transaction = running.getStore();
  return transaction?.pool === pool && transaction.open;
}

export function markConfigurationChanged(): void {
  const transaction = running.getStore();
  if (transaction) transaction.configurationChanged = true;
}

/**
 * Runs the whole of a transaction. `run` gets a function that wraps the work between begin and commit.
 *
 * @returns the result, and whether the work called `markConfigurationChanged`
 */
export async function trackTransaction<T>(pool: object, run: (amid: (work: () => Promise<T>) => Promise<T>) => Promise<T>): Promise<{ result: T; configurationChanged: boolean }> {
  const state: Running = { pool, open: true, configurationChanged: false };
  const amid = async (work: () => Promise<T>): Promise<T> => {
    try {
      return await running.run(state, work);
    } finally {
      state.open = false;
    }
  };
  return { result: await run(amid), configurationChanged: state.configurationChanged };
}

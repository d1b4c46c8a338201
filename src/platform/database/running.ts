import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the transaction amid which code runs. */
interface Running {
  open: boolean;
  configurationChanged: boolean;
}

const running = new AsyncLocalStorage<Running>();

/** Whether the calling code runs amid a transaction that has not ended. */
export const insideTransaction = (): boolean => running.getStore()?.open === true;

export function markConfigurationChanged(): void {
  const transaction = running.getStore();
  if (transaction) transaction.configurationChanged = true;
}

/**
 * Runs the whole of a transaction. `run` gets a function that wraps the work between begin and commit.
 *
 * @returns the result, and whether the work called `markConfigurationChanged`
 */
export async function trackTransaction<T>(run: (amid: (work: () => Promise<T>) => Promise<T>) => Promise<T>): Promise<{ result: T; configurationChanged: boolean }> {
  const state: Running = { open: true, configurationChanged: false };
  const amid = async (work: () => Promise<T>): Promise<T> => {
    try {
      return await running.run(state, work);
    } finally {
      state.open = false;
    }
  };
  return { result: await run(amid), configurationChanged: state.configurationChanged };
}

/** What runs until it is told to stop. */
interface Running {
  stop(): Promise<void>;
}

/**
 * Starts something and keeps it until SIGINT, SIGTERM or SIGHUP: the first signal drains and stops it (exit 0), a second ends the process
 * at once. A signal during the start stops what has started as soon as it has.
 */
export async function runUntilSignalled(start: () => Promise<Running>): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    let count = 0;
    const onSignal = (signal: NodeJS.Signals) => {
      count += 1;
      if (count > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    // The terminal was closed.
    process.on('SIGHUP', onSignal);
  });
  const running = await start();
  await signalled;
  await running.stop();
  process.exit(0);
}

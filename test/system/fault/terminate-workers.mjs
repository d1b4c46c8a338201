// Loaded with --import into a process under test: on SIGUSR2 it terminates every worker thread that the process started,
// as a crash of the thread would, without the product knowing that it is tested.
import worker from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';

const started = new Set();
const Original = worker.Worker;

worker.Worker = class Worker extends Original {
  constructor(...args) {
    super(...args);
    started.add(this);
    this.once('exit', () => started.delete(this));
  }
};
syncBuiltinESMExports();

process.on('SIGUSR2', () => {
  for (const one of started) void one.terminate();
});

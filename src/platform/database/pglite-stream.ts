import { Duplex } from 'node:stream';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface PgliteNeeds {
  /** Folder of the embedded database; locked by the caller. */
  readonly folder: string;
  /** The longest that one message may go unanswered before the worker counts as stuck and is ended. */
  readonly statementLimitMs: number;
}

/** What the `pg` driver asks of a socket, beyond a stream. */
interface SocketLike extends Duplex {
  connect(): void;
  setNoDelay(): void;
  setKeepAlive(): void;
  ref(): void;
  unref(): void;
}

export interface PgliteSockets {
  /** A new connection. One at a time: the engine has one session. */
  open(): SocketLike;
  /** Resolves when no worker holds the folder any more. */
  ended(): Promise<void>;
}

/** A first start makes the cluster (measured: 4 s on two quiet cores, 14 s under load). */
const START_LIMIT_MS = 120_000;

/**
 * Gives the `pg` driver a "socket" whose other end is PGlite in a worker thread, so that both engines share driver, value types,
 * pool and errors. A connection is a worker: when one ends, for whatever reason, so does the other, and the pool's next
 * connection starts a fresh worker, which recovers the cluster from its write-ahead log.
 */
export function createPgliteSockets(needs: PgliteNeeds): PgliteSockets {
  let lastExit: Promise<void> = Promise.resolve();
  const startNext = async (socket: SocketLike): Promise<Worker | undefined> => {
    await lastExit;
    if (socket.destroyed) return undefined;
    const worker = startWorker(needs.folder);
    lastExit = new Promise((resolve) => worker.once('exit', () => resolve()));
    return worker;
  };
  return { open: () => createSocket(startNext, needs.statementLimitMs), ended: () => lastExit };
}

function createSocket(start: (socket: SocketLike) => Promise<Worker | undefined>, statementLimitMs: number): SocketLike {
  let worker: Worker | undefined;
  let answered: ((error?: Error) => void) | undefined;
  let watchdog: NodeJS.Timeout | undefined;

  const settle = () => {
    clearTimeout(watchdog);
    const callback = answered;
    answered = undefined;
    callback?.();
  };
  const expectWithin = (limitMs: number) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.destroy(new Error('The embedded database did not answer in time.')), limitMs);
  };
  const send = (bytes: Uint8Array, callback: (error?: Error) => void) => {
    answered = callback;
    expectWithin(statementLimitMs);
    worker?.postMessage(bytes);
  };
  const connect = async () => {
    worker = await start(socket);
    expectWithin(START_LIMIT_MS);
    worker?.on('message', (message: Uint8Array | 'ready') => {
      if (message === 'ready') socket.emit('connect');
      else if (message.byteLength > 0) socket.push(message);
      settle();
    });
    worker?.on('error', (error) => socket.destroy(error instanceof Error ? error : new Error('The embedded database failed.')));
    worker?.on('exit', () => (socket.writableEnded ? socket.push(null) : socket.destroy(new Error('The embedded database ended.'))));
  };
  const duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, callback) => send(new Uint8Array(chunk), callback),
    // The driver corks a query's messages; they reach the worker as one.
    writev: (chunks, callback) => send(new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer))), callback),
    final: (callback) => {
      worker?.once('exit', () => callback());
      worker?.postMessage('close');
    },
    destroy: (error, callback) => {
      clearTimeout(watchdog);
      if (!worker) return callback(error);
      worker.terminate().then(() => callback(error), callback);
    },
  });
  const ignore = () => undefined;
  const socket: SocketLike = Object.assign(duplex, { connect: () => void connect(), setNoDelay: ignore, setKeepAlive: ignore, ref: ignore, unref: ignore });
  return socket;
}

function startWorker(folder: string): Worker {
  const file = new URL(`./pglite-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData: folder, stdout: true, stderr: true });
  // Standard output belongs to the command's result; what the engine prints there is of no use to anybody.
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}

/**
 * Counts that the gateways of one machine share: one of them holds the counts and answers the others over a Unix socket in a folder
 * that only their user can enter. Whoever gets the folder's lock is the holder; when it ends, the next to notice takes its place and
 * the counts begin anew.
 */
import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { lockFolder } from '#platform/folder-lock.ts';
import { AppError } from '#platform/errors.ts';
import type { Log } from '#platform/log.ts';
import { createLocalCounters, type Counted, type Counters, type Place } from './counters.ts';

export interface MachineNeeds {
  /** The meeting place; made if need be. */
  readonly folder: string;
  readonly log: Log;
}

type Question =
  | { readonly id: number; readonly do: 'add'; readonly name: string; readonly amount: number; readonly seconds: number }
  | { readonly id: number; readonly do: 'enter'; readonly place: Place; readonly limit: number }
  | { readonly id: number; readonly do: 'leave'; readonly place: Place };
interface Reply {
  readonly id: number;
  readonly result: Counted | boolean;
}

const ANSWER_MS = 250;
const RETRY_MS = 200;

/** Every call rejects while the holder cannot be reached. */
export function createMachineCounters({ folder, log }: MachineNeeds): Counters {
  let link: Counters | undefined;
  let joining: Promise<Counters> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  const meet = async (): Promise<Counters> => {
    if (performance.now() - failedAt < RETRY_MS || isClosed) throw new Error('The shared counters of this machine cannot be reached.');
    try {
      const holder = await hold(folder, log);
      return (link = holder ?? (await connect(join(folder, 'socket'), () => { link = undefined; })));
    } catch (error) {
      failedAt = performance.now();
      throw error;
    }
  };
  const linked = (): Counters | Promise<Counters> => link ?? (joining ??= meet().finally(() => { joining = undefined; }));
  return {
    isShared: true,
    add: async (...count) => (await linked()).add(...count),
    enter: async (...place) => (await linked()).enter(...place),
    // Lost with the link, and then given up by the holder too.
    leave: (place) => link?.leave(place),
    async close() {
      isClosed = true;
      await link?.close();
    },
  };
}

/** @returns the counts, when this process is the one to hold them */
async function hold(folder: string, log: Log): Promise<Counters | undefined> {
  const unlock = lockUnlessTaken(folder);
  if (unlock === undefined) return undefined;
  const counters = createLocalCounters();
  const path = join(folder, 'socket');
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, counters);
  });
  try {
    await listen(server, path);
  } catch (error) {
    unlock();
    throw error;
  }
  server.unref();
  log.debug({ folder }, 'this gateway holds the counters of its machine');
  return {
    ...counters,
    isShared: true,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      unlock();
    },
  };
}

function lockUnlessTaken(folder: string): (() => void) | undefined {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (error instanceof AppError && error.code === 'folder_in_use') return undefined;
    throw error;
  }
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Answers one gateway. What it took and did not give back is free again when it is gone. */
function serve(socket: Socket, counters: Counters): void {
  const taken = new Map<string, Place>();
  const keyOf = ({ name, member }: Place): string => `${name} ${member}`;
  const answer = async (question: Question): Promise<Reply['result']> => {
    if (question.do === 'add') return counters.add(question.name, question.amount, question.seconds);
    const { place } = question;
    if (question.do === 'enter') {
      const entered = await counters.enter(place, question.limit);
      if (entered) taken.set(keyOf(place), place);
      return entered;
    }
    if (taken.delete(keyOf(place))) counters.leave(place);
    return true;
  };
  socket.unref();
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    for (const place of taken.values()) counters.leave(place);
  });
  onMessages(socket, (message) => {
    const question = message as Question;
    void answer(question).then((result) => {
      if (question.do !== 'leave' && !socket.destroyed) socket.write(`${JSON.stringify({ id: question.id, result } satisfies Reply)}\n`);
    });
  });
}

/** @param onLost called when the link ends; what was asked by then rejects */
async function connect(path: string, onLost: () => void): Promise<Counters> {
  const socket = await open(path);
  const waiting = new Map<number, PromiseWithResolvers<Reply['result']>>();
  let lastId = 0;
  const lose = (): void => {
    onLost();
    socket.destroy();
    for (const { reject } of waiting.values()) reject(new Error('The shared counters of this machine did not answer.'));
    waiting.clear();
  };
  socket.on('error', lose).on('close', lose);
  onMessages(socket, (message) => {
    const { id, result } = message as Reply;
    waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  const ask = <T extends Reply['result']>(question: (id: number) => Question): Promise<T> => {
    const reply = Promise.withResolvers<Reply['result']>();
    lastId += 1;
    waiting.set(lastId, reply);
    socket.write(`${JSON.stringify(question(lastId))}\n`);
    const timer = setTimeout(lose, ANSWER_MS);
    return reply.promise.finally(() => clearTimeout(timer)) as Promise<T>;
  };
  return {
    isShared: true,
    add: (name, amount, seconds) => ask<Counted>((id) => ({ id, do: 'add', name, amount, seconds })),
    enter: (place, limit) => ask<boolean>((id) => ({ id, do: 'enter', place, limit })),
    leave: (place) => void socket.write(`${JSON.stringify({ id: 0, do: 'leave', place } satisfies Question)}\n`),
    close: async () => lose(),
  };
}

/** Longer lines come from nobody who speaks this protocol. */
const LINE_MAX = 4_096;

/** Calls back with each line of JSON; ends the socket when it is none. */
function onMessages(socket: Socket, handle: (message: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    try {
      if (rest.length > LINE_MAX) throw new Error('The line is too long.');
      for (const line of lines) handle(JSON.parse(line));
    } catch {
      socket.destroy();
    }
  });
}

const open = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.unref();
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });

/** The listening side: bounded sockets, times and heads, and each request on its way. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '#platform/ids.ts';
import { handleExchange } from './exchange.ts';
import type { House } from './house.ts';
import type { GatewayLimits } from './limits.ts';
import { startPassage, type Passage } from './passage.ts';
import { classify, pathOf, PROBES } from './route-table.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Whether other processes may listen on the same port (SO_REUSEPORT). */
  readonly reusePort?: boolean;
}

export interface Front {
  /** @returns the port that it listens on */
  listen(options: ListenOptions): Promise<number>;
  /** Stops accepting, and lets what is under way end. @returns whether all of it did within the time */
  drain(ms: number): Promise<boolean>;
  /** Breaks off whatever is under way. */
  close(): Promise<void>;
}

export interface FrontNeeds {
  readonly house: House;
  /** Told of the beginning and the end of each exchange. */
  readonly traffic: Traffic;
}

/** Counts what is under way, and says when nothing is. */
export interface Traffic {
  begin(): void;
  end(): void;
  readonly count: number;
  idle(): Promise<void>;
}

export function createTraffic(): Traffic {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    begin: () => { count++; },
    end: () => {
      count--;
      if (count > 0) return;
      for (const wake of waiting) wake();
      waiting = [];
    },
    get count() { return count; },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => { waiting.push(resolve); })),
  };
}

export function createFront({ house, traffic }: FrontNeeds): Front {
  const server = createBoundedServer(house.limits);
  let isDraining = false;
  server.on('request', (request, response) => {
    if (isDraining) response.setHeader('connection', 'close');
    const path = pathOf(request);
    if (PROBES.has(path)) probe(house, path, response);
    else void pass(house, traffic, request, response);
  });
  return {
    listen: ({ host, port, reusePort = false }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, reusePort }, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    async drain(ms) {
      isDraining = true;
      server.close();
      server.closeIdleConnections();
      const late = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => late.resolve(false), ms);
      const drained = await Promise.race([traffic.idle().then(() => true), late.promise]);
      clearTimeout(timer);
      server.closeIdleConnections();
      return drained;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createBoundedServer(limits: GatewayLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headMs),
    noDelay: true,
  });
  server.maxConnections = limits.sockets;
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

/** Alive, or ready to serve; nothing else about the gateway. */
function probe(house: House, path: string, response: ServerResponse): void {
  response.writeHead(path === '/healthz' || isReady(house) ? 200 : 503, { 'content-length': 0 });
  response.end();
}

function isReady(house: House): boolean {
  try {
    house.enforcement();
    return true;
  } catch {
    return false;
  }
}

async function pass(house: House, traffic: Traffic, request: IncomingMessage, response: ServerResponse): Promise<void> {
  traffic.begin();
  const passage = startPassage({ id: newId(), receivedAt: house.clock.now(), route: classify(request.method ?? '', pathOf(request), request.headers), request, response });
  response.once('close', () => {
    if (!response.writableFinished) abort(passage);
  });
  try {
    await handleExchange(house, passage);
  } finally {
    traffic.end();
  }
}

function abort(passage: Passage): void {
  passage.isAborted = true;
  passage.onAbort?.();
}

import { createServer } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { conflict } from './errors.ts';

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const LIMIT_MS = 10_000;
const CONNECTIONS_MAX = 16;

/**
 * Gives metrics away at `GET /metrics`, in the text form of Prometheus, to whoever is on this machine: it listens on loopback alone and
 * asks for no credential. A name in the Host header is refused, so that no page in a browser of this machine can read it (DNS rebinding).
 *
 * @param port 0 lets the system choose
 * @throws AppError `address_in_use` (409)
 */
export async function listenForMetrics(registry: Registry, port: number): Promise<MetricsListener> {
  const server = createServer({ requestTimeout: LIMIT_MS, headersTimeout: LIMIT_MS, keepAliveTimeout: LIMIT_MS }, ({ method, url, headers }, response) => {
    const host = (headers.host ?? '').replace(/:\d+$/, '');
    if (isIP(host) === 0 && host !== 'localhost') response.writeHead(421).end();
    else if (method !== 'GET' || url !== '/metrics') response.writeHead(404).end();
    else {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text),
        () => response.writeHead(500).end(),
      );
    }
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? conflict('address_in_use', `Port ${port} on ${HOST} is in use. Name another with --metrics-port.`) : error));
    server.listen(port, HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

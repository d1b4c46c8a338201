import { isIP } from 'node:net';
import { AppError } from '../errors.ts';
import type { HttpServer } from './index.ts';

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Refuses requests for a name that is not ours. A page of a stranger can point its own name at our address (DNS rebinding) and so
 * pass the same-origin rule; it cannot choose the Host header. A literal address cannot be rebound and always passes.
 *
 * @param names what this server may be called besides `localhost`
 */
export function checkHosts(server: HttpServer, names: readonly string[]): void {
  const allowed = new Set(names.map((name) => name.toLowerCase()));
  server.addHook('onRequest', async (request) => {
    if (!isAllowedHost(request.headers.host ?? '', allowed)) {
      throw new AppError(421, 'host_not_allowed', 'This server does not answer to that name. Use its address, or allow the name with --allow-host.');
    }
  });
}

/** @param host a Host header */
export function isAllowedHost(host: string, allowed: ReadonlySet<string>): boolean {
  const name = HOST.exec(host)?.[1]?.toLowerCase().replace(/\.$/, '');
  if (name === undefined) return false;
  const address = name.startsWith('[') ? name.slice(1, -1) : name;
  return isIP(address) !== 0 || name === 'localhost' || name.endsWith('.localhost') || allowed.has(name);
}

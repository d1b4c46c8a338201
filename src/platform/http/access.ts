import type { FastifyRequest } from 'fastify';
import type { HttpServer } from './index.ts';

/** Who may call a route. Every route says so; there is no default. */
export const ACCESS = ['public', 'signed-in', 'administrator', 'gateway'] as const;
export type Access = (typeof ACCESS)[number];

/**
 * Decides whether a request may pass, before its body is read. Refuses by throwing an `AppError` (401, 403); notes who it is
 * where the routes look for it.
 */
export type Authenticate = (request: FastifyRequest, access: Exclude<Access, 'public'>) => Promise<void>;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** Authentication wraps the server, not the route: a route that does not say who may call it is refused at registration. */
export function enforceAccess(server: HttpServer, authenticate: Authenticate): void {
  server.addHook('onRoute', (route) => {
    if (!isAccess(route.config?.access)) throw new Error(`The route ${String(route.method)} ${route.url} does not declare its access.`);
  });
  server.addHook('onRequest', async (request) => {
    // No route, nothing to protect: the answer is 404 for everybody.
    if (request.is404) return;
    const access = request.routeOptions.config.access;
    if (!isAccess(access)) throw new Error(`The route ${request.method} ${request.routeOptions.url} lost its access.`);
    if (access !== 'public') await authenticate(request, access);
  });
}

const isAccess = (value: unknown): value is Access => ACCESS.some((access) => access === value);

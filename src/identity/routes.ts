import type { HttpServer } from '#platform/http/index.ts';
import type { IdentityContext } from './needs.ts';
import { mountApplicationRoutes } from './application-routes.ts';
import { mountKeyRoutes } from './key-routes.ts';
import { mountSessionRoutes } from './session-routes.ts';

/** @param https whether browsers reach this server by https */
export const createRoutes = (context: IdentityContext, https: boolean) => (server: HttpServer): void => {
  mountSessionRoutes(server, context, https);
  mountApplicationRoutes(server, context);
  mountKeyRoutes(server, context);
};

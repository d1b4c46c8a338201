import type { HttpServer } from '#platform/http/index.ts';
import { fromPublicId, toPublicId } from '#platform/ids.ts';
import { createKey, getKey, listKeys, revokeKey, type KeyView } from './keys.ts';
import type { IdentityContext } from './needs.ts';
import { actorOf } from './principal.ts';
import { createdKey, idParams, key, keys, keysQuery, newKey } from './schemas.ts';

const tags = ['identity'];

export function mountKeyRoutes(server: HttpServer, context: IdentityContext): void {
  server.get(
    '/api/v1/keys',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Keys, newest first', querystring: keysQuery, response: { 200: keys } } },
    async (request) => {
      const { application } = request.query;
      return { items: (await listKeys(context, application === undefined ? {} : { applicationId: fromPublicId('app', application) })).map(shape) };
    },
  );

  server.post(
    '/api/v1/keys',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Make a key; its secret is given once', body: newKey, response: { 201: createdKey } } },
    async (request, reply) => {
      const { id, secret } = await createKey(context, actorOf(request), request.body);
      return reply.status(201).send({ ...shape(await getKey(context, id)), secret: secret.reveal() });
    },
  );

  server.get(
    '/api/v1/keys/:id',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'One key', params: idParams, response: { 200: key } } },
    async (request) => shape(await getKey(context, fromPublicId('key', request.params.id))),
  );

  server.post(
    '/api/v1/keys/:id/revoke',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Revoke a key for good', params: idParams, response: { 200: key } } },
    async (request) => {
      const id = fromPublicId('key', request.params.id);
      await revokeKey(context, actorOf(request), id);
      return shape(await getKey(context, id));
    },
  );
}

const shape = (view: KeyView) => ({
  id: toPublicId('key', view.id),
  name: view.name,
  applicationId: toPublicId('app', view.application_id),
  applicationName: view.application_name,
  lastFour: view.last_four,
  createdAt: view.created_at,
  createdBy: view.created_by,
  expiresAt: view.expires_at,
  revokedAt: view.revoked_at,
  ...(view.lastUsedAt === undefined ? {} : { lastUsedAt: view.lastUsedAt }),
});

import type { HttpServer } from '#platform/http/index.ts';
import { fromPublicId, toPublicId } from '#platform/ids.ts';
import { createApplication, getApplication, listApplications, updateApplication, type ApplicationFields, type ApplicationView } from './applications.ts';
import type { IdentityContext } from './needs.ts';
import { actorOf } from './principal.ts';
import { application, applicationChange, applications, idParams, newApplication } from './schemas.ts';

const tags = ['identity'];

export function mountApplicationRoutes(server: HttpServer, context: IdentityContext): void {
  server.get(
    '/api/v1/applications',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Applications', response: { 200: applications } } },
    async () => ({ items: (await listApplications(context)).map(shape) }),
  );

  server.post(
    '/api/v1/applications',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Make an application', body: newApplication, response: { 201: application } } },
    async (request, reply) => {
      const id = await createApplication(context, actorOf(request), request.body);
      return reply.status(201).send(shape(await getApplication(context, id)));
    },
  );

  server.get(
    '/api/v1/applications/:id',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'One application', params: idParams, response: { 200: application } } },
    async (request) => shape(await getApplication(context, fromPublicId('app', request.params.id))),
  );

  server.patch(
    '/api/v1/applications/:id',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Change an application', params: idParams, body: applicationChange, response: { 200: application } } },
    async (request) => {
      const id = fromPublicId('app', request.params.id);
      await updateApplication(context, actorOf(request), { id, fields: definedFields(request.body) });
      return shape(await getApplication(context, id));
    },
  );
}

function definedFields(body: { [K in keyof ApplicationFields]?: string | undefined }): Partial<ApplicationFields> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

const shape = (view: ApplicationView) => ({
  id: toPublicId('app', view.id),
  name: view.name,
  owner: view.owner,
  purpose: view.purpose,
  createdAt: view.created_at,
  keys: { active: view.activeKeys },
  ...(view.lastExchangeAt === undefined ? {} : { lastExchangeAt: view.lastExchangeAt }),
});

import type { HttpServer } from '#platform/http/index.ts';
import { conflict, unauthorised } from '#platform/errors.ts';
import { toPublicId } from '#platform/ids.ts';
import { requireSameOrigin } from './authenticate.ts';
import { clearSessionCookie, setSessionCookie } from './cookies.ts';
import type { IdentityContext } from './needs.ts';
import { createPerson, listPeople, type PersonView } from './people.ts';
import { actorOf, principalOf } from './principal.ts';
import { credentials, newPerson, nothing, people, person, session, setupToken, setUpRequest, setUpState } from './schemas.ts';
import { endSession } from './sessions.ts';
import { createSetupToken, setUp, setUpNeeded } from './set-up.ts';
import { signIn } from './sign-in.ts';

const tags = ['identity'];

export function mountSessionRoutes(server: HttpServer, context: IdentityContext, https: boolean): void {
  mountSetUp(server, context, https);
  mountSession(server, context, https);
  mountPeople(server, context);
}

function mountSetUp(server: HttpServer, context: IdentityContext, https: boolean): void {
  server.get(
    '/api/v1/setup',
    { config: { access: 'public' }, schema: { tags, summary: 'Whether the first administrator is still to be made', response: { 200: setUpState } } },
    async () => ({ needed: await setUpNeeded(context) }),
  );

  server.post(
    '/api/v1/setup',
    { config: { access: 'public' }, schema: { tags, summary: 'Make the first administrator with the one-time token', body: setUpRequest, response: { 201: session } } },
    async (request, reply) => {
      requireSameOrigin(request);
      const signedIn = await setUp(context, request.body);
      setSessionCookie(reply, signedIn.token, https);
      return reply.status(201).send({ person: shapePerson(signedIn.person), csrf: signedIn.csrf });
    },
  );

  server.post(
    '/api/v1/setup/tokens',
    { config: { access: 'administrator' }, schema: { tags, summary: 'A new set-up link; earlier ones stop working', response: { 201: setupToken } } },
    async (_request, reply) => {
      const token = await createSetupToken(context);
      if (!token) throw conflict('setup_done', 'Set-up is done: there is an administrator already.');
      return reply.status(201).send({ token: token.reveal(), path: `/setup#token=${token.reveal()}` });
    },
  );
}

function mountSession(server: HttpServer, context: IdentityContext, https: boolean): void {
  server.get(
    '/api/v1/session',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Who is signed in', response: { 200: session } } },
    async (request) => {
      const principal = principalOf(request);
      if (principal.type !== 'person') throw unauthorised('no_session', 'This credential has no session; sessions are for people.');
      return { person: shapePerson(principal), csrf: principal.session.csrf };
    },
  );

  server.post(
    '/api/v1/session',
    { config: { access: 'public' }, schema: { tags, summary: 'Sign in', body: credentials, response: { 200: session } } },
    async (request, reply) => {
      requireSameOrigin(request);
      const signedIn = await signIn(context, { ...request.body, address: request.ip });
      setSessionCookie(reply, signedIn.token, https);
      return { person: shapePerson(signedIn.person), csrf: signedIn.csrf };
    },
  );

  server.delete(
    '/api/v1/session',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Sign out', response: { 204: nothing } } },
    async (request, reply) => {
      const principal = principalOf(request);
      if (principal.type === 'person') await endSession(context.database, principal.session.id);
      clearSessionCookie(reply, https);
      return reply.status(204).send(undefined);
    },
  );
}

function mountPeople(server: HttpServer, context: IdentityContext): void {
  server.get(
    '/api/v1/people',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'People who may sign in', response: { 200: people } } },
    async () => ({ items: (await listPeople(context)).map(shapePerson) }),
  );

  server.post(
    '/api/v1/people',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Add a person', body: newPerson, response: { 201: person } } },
    async (request, reply) => reply.status(201).send(shapePerson(await createPerson(context, actorOf(request), request.body))),
  );
}

const shapePerson = ({ id, name, email, role }: PersonView) => ({ id: toPublicId('per', id), name, email, role });

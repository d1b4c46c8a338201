/** Identity: who may act on Sallyport (people, sessions) and who calls through it (applications, keys). */
import type { FastifyRequest } from 'fastify';
import { systemClock } from '#platform/clock.ts';
import type { HttpServer } from '#platform/http/index.ts';
import type { Secret } from '#platform/secret.ts';
import type { ApplicationEntry, KeyEntry } from '../shapes.ts';
import { applicationsSection, createApplication, listApplications } from './applications.ts';
import { authenticatePerson } from './authenticate.ts';
import { createKey, keysSection } from './keys.ts';
import { createLocalAdministrator } from './local-administrator.ts';
import { forgetOldFailures } from './login-throttle.ts';
import type { IdentityContext, IdentityNeeds } from './needs.ts';
import { SYSTEM } from './principal.ts';
import { createRoutes } from './routes.ts';
import { createSetupToken } from './set-up.ts';
import type { IdentityTables } from './tables.ts';

export type { IdentityNeeds } from './needs.ts';
export { actorOf, principalOf, SYSTEM, type Actor, type ControlPrincipal } from './principal.ts';

export interface Identity {
  /** The credential of this machine's administrator, new with each start. */
  readonly localToken: Secret;
  /** Lets a person or the local administrator pass, and notes who it is for `principalOf`. @throws AppError 401, 403 */
  authenticate(request: FastifyRequest, access: 'signed-in' | 'administrator'): Promise<void>;
  /** A one-time token for the set-up page; undefined once there is an administrator. Earlier ones stop working. */
  createSetupToken(): Promise<Secret | undefined>;
  /** On an empty installation, makes the application `first-steps` and a key for it. @returns the key, or undefined when there are applications */
  createFirstSteps(): Promise<Secret | undefined>;
  keysSection(): Promise<KeyEntry[]>;
  applicationsSection(): Promise<ApplicationEntry[]>;
  /** Forgets what is kept for a time only. Called by the hour. */
  tidy(): Promise<void>;
  readonly routes: (server: HttpServer) => void;
}

export function createIdentity(needs: IdentityNeeds): Identity {
  const clock = needs.clock ?? systemClock;
  const context: IdentityContext = { ...needs, database: needs.database.withTables<IdentityTables>(), clock };
  const local = createLocalAdministrator();
  return {
    localToken: local.token,
    authenticate: (request, access) => authenticatePerson(context, local, { request, access }),
    createSetupToken: () => createSetupToken(context),
    createFirstSteps: () => createFirstSteps(context),
    keysSection: () => keysSection(context),
    applicationsSection: () => applicationsSection(context),
    tidy: () => forgetOldFailures(context.database, clock.now()),
    routes: createRoutes(context, needs.https ?? false),
  };
}

async function createFirstSteps(context: IdentityContext): Promise<Secret | undefined> {
  if ((await listApplications(context)).length > 0) return undefined;
  const application = { name: 'first-steps', owner: SYSTEM.name, purpose: 'Trying Sallyport out' };
  await createApplication(context, SYSTEM, application);
  const { secret } = await createKey(context, SYSTEM, { application: application.name, name: 'first-key', expiresAt: null, createApplication: false });
  return secret;
}

import type { FastifyRequest } from 'fastify';
import { equalInConstantTime } from '#platform/crypto/digest.ts';
import { forbidden, unauthorised } from '#platform/errors.ts';
import { readSessionCookie } from './cookies.ts';
import type { LocalAdministrator } from './local-administrator.ts';
import type { IdentityContext } from './needs.ts';
import { notePrincipal, type ControlPrincipal } from './principal.ts';
import { findSession } from './sessions.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const BEARER = /^Bearer ([\x21-\x7e]{1,200})$/i;

/**
 * Finds out who makes a request and whether they may.
 *
 * @throws AppError 401 `unauthenticated`, 403 `csrf_failed` or `administrator_needed`
 */
export async function authenticatePerson(
  context: IdentityContext,
  local: LocalAdministrator,
  { request, access }: { request: FastifyRequest; access: 'signed-in' | 'administrator' },
): Promise<void> {
  const principal = await identify(context, local, request);
  if (!principal) throw unauthorised('unauthenticated', 'Sign in first, or send the local administrator’s credential as a bearer token.');
  if (access === 'administrator' && principal.role !== 'administrator') {
    throw forbidden('administrator_needed', 'Only an administrator may do this. Ask one.');
  }
  notePrincipal(request, principal);
}

/** A request that says who it is by a header never counts by its cookie as well. */
async function identify(context: IdentityContext, local: LocalAdministrator, request: FastifyRequest): Promise<ControlPrincipal | undefined> {
  const { authorization } = request.headers;
  if (authorization !== undefined) return local.identify(BEARER.exec(authorization)?.[1] ?? '');
  const token = readSessionCookie(request);
  if (token === undefined) return undefined;
  const session = await findSession(context.database, token, context.clock.now());
  if (!session) return undefined;
  requireIntent(request, session.csrf);
  return { type: 'person', ...session.person, session: { id: session.id, csrf: session.csrf } };
}

/** A browser sends the cookie whoever wrote the page; the token in the header shows that it was ours. */
function requireIntent(request: FastifyRequest, csrf: string): void {
  if (SAFE_METHODS.has(request.method)) return;
  requireSameOrigin(request);
  const given = request.headers['x-sallyport-csrf'];
  if (typeof given !== 'string' || !equalInConstantTime(given, csrf)) {
    throw forbidden('csrf_failed', 'The request does not carry the session’s token (header x-sallyport-csrf, from GET /api/v1/session).');
  }
}

/** @throws AppError 403 `csrf_failed` when a browser says that the request comes from another site */
export function requireSameOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreign = (origin !== undefined && URL.parse(origin)?.host !== host) || (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (foreign) throw forbidden('csrf_failed', 'The request comes from another site.');
}

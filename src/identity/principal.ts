import type { FastifyRequest } from 'fastify';
import { unauthorised } from '#platform/errors.ts';
import type { Role } from './tables.ts';

/** Who asks control for something: a person with a session, or the administrator of this machine by the data folder's credential. */
export type ControlPrincipal =
  | { readonly type: 'person'; readonly id: string; readonly name: string; readonly email: string; readonly role: Role; readonly session: SessionHandle }
  | { readonly type: 'local'; readonly id: 'local'; readonly name: string; readonly role: 'administrator' };

export interface SessionHandle {
  readonly id: string;
  readonly csrf: string;
}

/** Who did it, as an administrative event names it. */
export interface Actor {
  readonly type: 'person' | 'local' | 'system';
  readonly id: string;
  readonly name: string;
}

/** The product itself, for what it does on its own account. */
export const SYSTEM: Actor = { type: 'system', id: 'system', name: 'Sallyport' };

const principals = new WeakMap<FastifyRequest, ControlPrincipal>();

/** Notes who makes a request; called by the authenticator alone. */
export function notePrincipal(request: FastifyRequest, principal: ControlPrincipal): void {
  principals.set(request, principal);
}

/**
 * Who makes this request.
 *
 * @throws AppError 401 when nobody was identified, which the server's access rules let happen on public routes alone
 */
export function principalOf(request: FastifyRequest): ControlPrincipal {
  const principal = principals.get(request);
  if (!principal) throw unauthorised('unauthenticated', 'Sign in first.');
  return principal;
}

/** Who makes this request, as an administrative event names it. @throws AppError 401 as `principalOf` does */
export function actorOf(request: FastifyRequest): Actor {
  const { type, id, name } = principalOf(request);
  return { type, id, name };
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Secret } from '#platform/secret.ts';

const NAME = 'sallyport_session';
const VALUE = new RegExp(`(?:^|; *)${NAME}=([A-Za-z0-9_-]{43})(?:;|$)`);

/** The session's token, if the request brings one of the right form. */
export const readSessionCookie = (request: FastifyRequest): string | undefined => VALUE.exec(request.headers.cookie ?? '')?.[1];

/** Out of reach of scripts and of other sites. @param https whether browsers reach this server by https */
export function setSessionCookie(reply: FastifyReply, token: Secret, https: boolean): void {
  reply.header('set-cookie', `${NAME}=${token.reveal()}; ${attributes(https)}`);
}

export function clearSessionCookie(reply: FastifyReply, https: boolean): void {
  reply.header('set-cookie', `${NAME}=; Max-Age=0; ${attributes(https)}`);
}

const attributes = (https: boolean): string => `Path=/; HttpOnly; SameSite=Strict${https ? '; Secure' : ''}`;

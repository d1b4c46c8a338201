/** The one table of what the gateway answers. What is not in it is refused and recorded like any other refusal. */
import type { IncomingMessage } from 'node:http';
import type { Api } from '../shapes.ts';
import type { Dialect, Operation } from './dialects/dialect.ts';
import { CHAT } from './dialects/openai-chat.ts';
import { OPENAI } from './dialects/openai.ts';

export interface Route {
  readonly method: string;
  /** A final `*` stands for one or more segments. */
  readonly path: string;
  readonly api: Api;
  readonly dialect: Dialect;
  /** What goes to an upstream, or what the gateway answers itself. */
  readonly operation: Operation | 'list_models' | 'show_model' | 'unknown';
}

const call = (path: string, dialect: Dialect, operation: Operation): Route => ({ method: 'POST', path, api: operation.api, dialect, operation });

export const ROUTES: readonly Route[] = [
  call('/v1/chat/completions', OPENAI, CHAT),
  { method: 'GET', path: '/v1/models', api: 'openai.models', dialect: OPENAI, operation: 'list_models' },
  { method: 'GET', path: '/v1/models/*', api: 'openai.models', dialect: OPENAI, operation: 'show_model' },
];

const UNKNOWN_ROUTE: Route = { method: '', path: '', api: 'unclassified', dialect: OPENAI, operation: 'unknown' };

/** Answered without a key, and with no more than a status. */
export const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const exact = new Map(ROUTES.filter(({ path }) => !path.endsWith('*')).map((route) => [`${route.method} ${route.path}`, route]));
const prefixes = ROUTES.filter(({ path }) => path.endsWith('*'));

export function classify(method: string, path: string): Route {
  const route = exact.get(`${method} ${path}`);
  if (route !== undefined) return route;
  return prefixes.find((candidate) => candidate.method === method && path.startsWith(candidate.path.slice(0, -1)) && path.length >= candidate.path.length) ?? UNKNOWN_ROUTE;
}

/** The path without its query; a query may hold a key and is never kept. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** The one table of what the gateway answers. What is not in it is refused and recorded like any other refusal. */
import type { IncomingMessage } from 'node:http';
import type { Api } from '../shapes.ts';

export interface Route {
  readonly method: string;
  /** A final `*` stands for one or more segments. */
  readonly path: string;
  readonly operation: 'chat' | 'list_models' | 'show_model' | 'unknown';
  readonly api: Api;
}

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/chat/completions', operation: 'chat', api: 'openai.chat_completions' },
  { method: 'GET', path: '/v1/models', operation: 'list_models', api: 'openai.models' },
  { method: 'GET', path: '/v1/models/*', operation: 'show_model', api: 'openai.models' },
];

export const UNKNOWN_ROUTE: Route = { method: '', path: '', operation: 'unknown', api: 'unclassified' };

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

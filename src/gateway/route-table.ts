/** The one table of what the gateway answers. What is not in it is refused and recorded like any other refusal. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Api } from '../shapes.ts';
import { COUNT_TOKENS, MESSAGES } from './dialects/anthropic-messages.ts';
import { ANTHROPIC } from './dialects/anthropic.ts';
import type { Dialect, Operation } from './dialects/dialect.ts';
import { CHAT } from './dialects/openai-chat.ts';
import { COMPLETIONS, EMBEDDINGS, MODERATIONS } from './dialects/openai-plain.ts';
import { RESPONSES } from './dialects/openai-responses.ts';
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

/** Both dialects list models at the same path. */
const models = (api: Api, dialect: Dialect): Route[] => [
  { method: 'GET', path: '/v1/models', api, dialect, operation: 'list_models' },
  { method: 'GET', path: '/v1/models/*', api, dialect, operation: 'show_model' },
];

export const ROUTES: readonly Route[] = [
  call('/v1/chat/completions', OPENAI, CHAT),
  call('/v1/responses', OPENAI, RESPONSES),
  call('/v1/completions', OPENAI, COMPLETIONS),
  call('/v1/embeddings', OPENAI, EMBEDDINGS),
  call('/v1/moderations', OPENAI, MODERATIONS),
  ...models('openai.models', OPENAI),
  call('/v1/messages', ANTHROPIC, MESSAGES),
  call('/v1/messages/count_tokens', ANTHROPIC, COUNT_TOKENS),
  ...models('anthropic.models', ANTHROPIC),
];

const unknown = (dialect: Dialect): Route => ({ method: '', path: '', api: 'unclassified', dialect, operation: 'unknown' });
const UNKNOWN_OPENAI = unknown(OPENAI);
const UNKNOWN_ANTHROPIC = unknown(ANTHROPIC);

/** Answered without a key, and with no more than a status. */
export const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const exact = Map.groupBy(ROUTES.filter(({ path }) => !path.endsWith('*')), ({ method, path }) => `${method} ${path}`);
const prefixes = ROUTES.filter(({ path }) => path.endsWith('*'));

/** A path that one dialect alone has is its own; where both have it, or none, the version header of Anthropic's libraries tells. */
export function classify(method: string, path: string, headers: IncomingHttpHeaders): Route {
  const isAnthropic = path.startsWith('/v1/messages') || headers['anthropic-version'] !== undefined;
  const routes = exact.get(`${method} ${path}`) ?? prefixes.filter((route) => route.method === method && path.startsWith(route.path.slice(0, -1)) && path.length >= route.path.length);
  return routes.find(({ dialect }) => dialect === (isAnthropic ? ANTHROPIC : OPENAI)) ?? routes[0] ?? (isAnthropic ? UNKNOWN_ANTHROPIC : UNKNOWN_OPENAI);
}

/** The path without its query; a query may hold a key and is never kept. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

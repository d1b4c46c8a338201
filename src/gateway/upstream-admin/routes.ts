import { actorOf } from '#identity/index.ts';
import { notFound } from '#platform/errors.ts';
import type { HttpServer } from '#platform/http/index.ts';
import { fromPublicId, toPublicId } from '#platform/ids.ts';
import { Secret } from '#platform/secret.ts';
import type { z } from 'zod';
import { PROVIDERS, type Provider, type ProviderKind } from '../upstreams/providers/index.ts';
import { changeUpstream, createUpstream, removeUpstream, type UpstreamChange, type UpstreamContext, type UpstreamKey } from './change-upstreams.ts';
import { newUpstream, nothing, upstream, upstreamChange, upstreamKinds, upstreamParams, upstreams } from './schemas.ts';
import { findUpstream, readUpstreams } from './store.ts';
import type { UpstreamRow } from './tables.ts';

/** How an upstream does, as the gateways see it. */
export interface UpstreamHealth {
  readonly state: 'healthy' | 'failing' | 'unknown';
  readonly since: string | null;
  readonly error?: string;
  readonly circuit?: 'closed' | 'open' | 'half_open';
}

/** @returns plain upstream id → how it does */
export type ReadHealth = () => ReadonlyMap<string, UpstreamHealth> | Promise<ReadonlyMap<string, UpstreamHealth>>;

const tags = ['upstreams'];
const UNKNOWN: UpstreamHealth = { state: 'unknown', since: null };

export const createRoutes = (context: UpstreamContext, readHealth: ReadHealth) => (server: HttpServer): void => {
  const shapeOne = async (row: UpstreamRow) => shape(row, (await readHealth()).get(row.id));

  server.get(
    '/api/v1/upstreams',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Upstreams', response: { 200: upstreams } } },
    async () => {
      const health = await readHealth();
      return { items: (await readUpstreams(context.database.kysely)).map((row) => shape(row, health.get(row.id))) };
    },
  );

  server.get(
    '/api/v1/upstream-kinds',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Kinds of upstreams', response: { 200: upstreamKinds } } },
    () => ({ items: Object.entries(PROVIDERS).map(([kind, provider]) => shapeKind(kind as ProviderKind, provider)) }),
  );

  server.post(
    '/api/v1/upstreams',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Add an upstream', body: newUpstream, response: { 201: upstream } } },
    async (request, reply) => {
      const { apiKey, timeouts, ...fields } = request.body;
      const row = await createUpstream(context, actorOf(request), {
        ...fields, baseUrl: fields.baseUrl, timeouts: definedMembers(timeouts), apiKey: apiKey === undefined ? undefined : new Secret(apiKey), source: 'api',
      });
      return reply.status(201).send(await shapeOne(row));
    },
  );

  server.get(
    '/api/v1/upstreams/:id',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'One upstream', params: upstreamParams, response: { 200: upstream } } },
    async (request) => {
      const row = await findUpstream(context.database.kysely, keyOf(request.params.id));
      if (!row) throw notFound('This upstream');
      return shapeOne(row);
    },
  );

  server.patch(
    '/api/v1/upstreams/:id',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Change an upstream', params: upstreamParams, body: upstreamChange, response: { 200: upstream } } },
    async (request) => shapeOne(await changeUpstream(context, actorOf(request), { key: keyOf(request.params.id), change: readChange(request.body) })),
  );

  server.delete(
    '/api/v1/upstreams/:id',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Remove an upstream', params: upstreamParams, response: { 204: nothing } } },
    async (request, reply) => {
      await removeUpstream(context, actorOf(request), keyOf(request.params.id));
      return reply.status(204).send(undefined);
    },
  );
};

/** Names of upstreams hold no underscore, so that no name looks like an id. */
const keyOf = (idOrName: string): UpstreamKey => (idOrName.startsWith('ups_') ? { id: fromPublicId('ups', idOrName) } : { name: idOrName });

function readChange({ apiKey, timeouts, ...rest }: z.infer<typeof upstreamChange>): UpstreamChange {
  return {
    ...definedMembers(rest),
    ...(timeouts === undefined ? {} : { timeouts: definedMembers(timeouts) }),
    ...(apiKey === undefined ? {} : { apiKey: apiKey === null ? null : new Secret(apiKey) }),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedMembers<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}

const shapeHealth = ({ state, since, error, circuit }: UpstreamHealth): UpstreamHealth => ({ state, since, ...definedMembers({ error, circuit }) });

const shapeKind = (kind: ProviderKind, { label, baseUrl, example, versionedPaths, paths }: Provider) =>
  ({ kind, label, baseUrl, example, versioned: versionedPaths !== undefined, apis: Object.keys(paths) });

function shape(row: UpstreamRow, health: UpstreamHealth | undefined) {
  return {
    id: toPublicId('ups', row.id),
    name: row.name,
    kind: row.kind,
    baseUrl: row.base_url,
    ...(row.api_version === null ? {} : { apiVersion: row.api_version }),
    models: row.models,
    allowPrivate: row.allow_private,
    hasCredential: row.credential !== null,
    ...(row.credential_last_four === null ? {} : { credentialLastFour: row.credential_last_four }),
    source: row.source,
    timeouts: row.timeouts,
    priority: row.priority,
    weight: row.weight,
    attempts: row.attempts,
    maxInFlight: row.max_in_flight,
    createdAt: row.created_at,
    health: health === undefined ? UNKNOWN : shapeHealth(health),
  };
}

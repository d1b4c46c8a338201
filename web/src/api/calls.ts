/** One function an API operation. The pages call these and nothing else. */
import { answerOf, api } from './client.ts';
import type { paths } from './schema.gen.ts';
import type { ExchangeFilters, OverviewWindow, Session } from './types.ts';

type Body<Path extends keyof paths, Method extends 'post' | 'patch'> = paths[Path] extends Record<Method, { requestBody: { content: { 'application/json': infer Json } } }> ? Json : never;

const byId = (id: string) => ({ params: { path: { id } } });

export const readSetup = () => answerOf(api.GET('/api/v1/setup'));
export const completeSetup = (body: Body<'/api/v1/setup', 'post'>): Promise<Session> => answerOf(api.POST('/api/v1/setup', { body }));

export const readSession = (): Promise<Session> => answerOf(api.GET('/api/v1/session'));
export const signIn = (body: Body<'/api/v1/session', 'post'>): Promise<Session> => answerOf(api.POST('/api/v1/session', { body }));
export const signOut = () => answerOf(api.DELETE('/api/v1/session'));

export const readStatus = () => answerOf(api.GET('/api/v1/status'));
export const readOverview = (window: OverviewWindow) => answerOf(api.GET('/api/v1/overview', { params: { query: { window } } }));

export const listExchanges = ({ filters, limit, before, signal }: { filters: ExchangeFilters; limit: number; before: string | undefined; signal: AbortSignal }) =>
  answerOf(api.GET('/api/v1/exchanges', { params: { query: { ...filters, limit, ...(before === undefined ? {} : { before }) } }, signal }));
export const readExchange = (id: string) => answerOf(api.GET('/api/v1/exchanges/{id}', byId(id)));

export const listApplications = () => answerOf(api.GET('/api/v1/applications'));
export const readApplication = (id: string) => answerOf(api.GET('/api/v1/applications/{id}', byId(id)));
export const createApplication = (body: Body<'/api/v1/applications', 'post'>) => answerOf(api.POST('/api/v1/applications', { body }));
export const changeApplication = (id: string, body: Body<'/api/v1/applications/{id}', 'patch'>) => answerOf(api.PATCH('/api/v1/applications/{id}', { ...byId(id), body }));

export const listKeys = (application: string) => answerOf(api.GET('/api/v1/keys', { params: { query: { application } } }));
export const createKey = (body: Body<'/api/v1/keys', 'post'>) => answerOf(api.POST('/api/v1/keys', { body }));
export const revokeKey = (id: string) => answerOf(api.POST('/api/v1/keys/{id}/revoke', byId(id)));

export const listUpstreams = () => answerOf(api.GET('/api/v1/upstreams'));
export const listUpstreamKinds = () => answerOf(api.GET('/api/v1/upstream-kinds'));
export const createUpstream = (body: Body<'/api/v1/upstreams', 'post'>) => answerOf(api.POST('/api/v1/upstreams', { body }));
export const changeUpstream = (id: string, body: Body<'/api/v1/upstreams/{id}', 'patch'>) => answerOf(api.PATCH('/api/v1/upstreams/{id}', { ...byId(id), body }));
export const removeUpstream = (id: string) => answerOf(api.DELETE('/api/v1/upstreams/{id}', byId(id)));

export const listLimits = () => answerOf(api.GET('/api/v1/limits'));
export const createLimit = (body: Body<'/api/v1/limits', 'post'>) => answerOf(api.POST('/api/v1/limits', { body }));
export const changeLimit = (id: string, amount: number) => answerOf(api.PATCH('/api/v1/limits/{id}', { ...byId(id), body: { amount } }));
export const removeLimit = (id: string) => answerOf(api.DELETE('/api/v1/limits/{id}', byId(id)));

export const listPolicies = () => answerOf(api.GET('/api/v1/policies'));
export const createPolicy = (body: Body<'/api/v1/policies', 'post'>) => answerOf(api.POST('/api/v1/policies', { body }));
export const changePolicy = (id: string, body: Body<'/api/v1/policies/{id}', 'patch'>) => answerOf(api.PATCH('/api/v1/policies/{id}', { ...byId(id), body }));
export const removePolicy = (id: string) => answerOf(api.DELETE('/api/v1/policies/{id}', byId(id)));
export const validatePolicy = (cedar: string) => answerOf(api.POST('/api/v1/policies/validate', { body: { cedar } }));

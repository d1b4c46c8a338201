/** One function an API operation. The pages call these and nothing else. */
import { callApi } from './client.ts';
import type {
  Application, CreatedKey, ExchangeDetail, ExchangeFilters, ExchangeSummary, Key, Overview, OverviewWindow, Page, Policy, PolicyDraft, PolicyMode,
  PolicyValidation, Session, Status, Upstream, UpstreamDraft,
} from './types.ts';

const at = (collection: string, id: string): string => `/${collection}/${encodeURIComponent(id)}`;

export const readSetup = () => callApi<{ needed: boolean }>('GET', '/setup');
export const completeSetup = (body: { token: string; name: string; email: string; password: string }) => callApi<Session>('POST', '/setup', { body });

export const readSession = () => callApi<Session>('GET', '/session');
export const signIn = (body: { email: string; password: string }) => callApi<Session>('POST', '/session', { body });
export const signOut = () => callApi<void>('DELETE', '/session');

export const readStatus = () => callApi<Status>('GET', '/status');
export const readOverview = (window: OverviewWindow) => callApi<Overview>('GET', '/overview', { query: { window } });
export const createEnrolmentToken = (name: string) => callApi<{ token: string; expiresAt: string }>('POST', '/gateways/enrolment-tokens', { body: { name } });

export const listExchanges = (options: { filters: ExchangeFilters; limit: number; before?: string | undefined; signal?: AbortSignal }) =>
  callApi<Page<ExchangeSummary>>('GET', '/exchanges', {
    query: { ...options.filters, limit: options.limit, before: options.before },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
export const readExchange = (id: string) => callApi<ExchangeDetail>('GET', at('exchanges', id));

export const listApplications = () => callApi<Page<Application>>('GET', '/applications');
export const readApplication = (id: string) => callApi<Application>('GET', at('applications', id));
export const createApplication = (body: { name: string; owner: string; purpose: string }) => callApi<Application>('POST', '/applications', { body });
export const changeApplication = (id: string, body: { name?: string; owner?: string; purpose?: string }) => callApi<Application>('PATCH', at('applications', id), { body });

export const listKeys = (application: string) => callApi<Page<Key>>('GET', '/keys', { query: { application } });
export const createKey = (body: { application: string; name?: string; expiresAt?: string }) => callApi<CreatedKey>('POST', '/keys', { body });
export const revokeKey = (id: string) => callApi<Key>('POST', `${at('keys', id)}/revoke`);

export const listUpstreams = () => callApi<Page<Upstream>>('GET', '/upstreams');
export const createUpstream = (body: UpstreamDraft) => callApi<Upstream>('POST', '/upstreams', { body });
export const changeUpstream = (id: string, body: Partial<UpstreamDraft>) => callApi<Upstream>('PATCH', at('upstreams', id), { body });
export const removeUpstream = (id: string) => callApi<void>('DELETE', at('upstreams', id));

export const listPolicies = () => callApi<Page<Policy>>('GET', '/policies');
export const createPolicy = (body: PolicyDraft) => callApi<Policy>('POST', '/policies', { body });
export const changePolicy = (id: string, body: { mode?: PolicyMode; sharePercent?: number; cedar?: string }) => callApi<Policy>('PATCH', at('policies', id), { body });
export const removePolicy = (id: string) => callApi<void>('DELETE', at('policies', id));
export const validatePolicy = (cedar: string) => callApi<PolicyValidation>('POST', '/policies/validate', { body: { cedar } });

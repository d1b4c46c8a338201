/** What the console reads and how often: the one place that names cache keys. */
import { queryOptions } from '@tanstack/react-query';
import {
  listApplications, listKeys, listLimits, listPolicies, listUpstreamKinds, listUpstreams, readApplication, readExchange, readOverview, readSession, readSetup, readStatus,
} from './calls.ts';
import { rememberCsrf } from './client.ts';
import type { OverviewWindow, Session } from './types.ts';

const SECOND = 1000;

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session> => {
    const session = await readSession();
    rememberCsrf(session.csrf);
    return session;
  },
  staleTime: Infinity,
  retry: false,
});

export const setupQuery = queryOptions({ queryKey: ['setup'], queryFn: readSetup, retry: 1 });
export const statusQuery = queryOptions({ queryKey: ['status'], queryFn: readStatus, refetchInterval: 5 * SECOND });
export const overviewQuery = (window: OverviewWindow) =>
  queryOptions({ queryKey: ['overview', window], queryFn: () => readOverview(window), refetchInterval: 5 * SECOND, placeholderData: (previous) => previous });
export const exchangeQuery = (id: string) =>
  queryOptions({
    queryKey: ['exchange', id],
    queryFn: () => readExchange(id),
    refetchInterval: (query) => (query.state.data?.state === 'open' ? 2 * SECOND : false),
  });
export const applicationsQuery = queryOptions({ queryKey: ['applications'], queryFn: listApplications });
export const applicationQuery = (id: string) => queryOptions({ queryKey: ['applications', id], queryFn: () => readApplication(id) });
export const keysQuery = (application: string) => queryOptions({ queryKey: ['keys', application], queryFn: () => listKeys(application) });
export const upstreamsQuery = queryOptions({ queryKey: ['upstreams'], queryFn: listUpstreams, refetchInterval: 10 * SECOND });
export const limitsQuery = queryOptions({ queryKey: ['limits'], queryFn: listLimits, refetchInterval: 10 * SECOND });
export const upstreamKindsQuery = queryOptions({ queryKey: ['upstream-kinds'], queryFn: listUpstreamKinds, staleTime: Infinity });
export const policiesQuery = queryOptions({ queryKey: ['policies'], queryFn: listPolicies });

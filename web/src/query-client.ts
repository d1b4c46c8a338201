import { QueryCache, QueryClient, MutationCache } from '@tanstack/react-query';
import { ApiError, rememberCsrf } from './api/client.ts';
import { sessionQuery } from './api/queries.ts';

const RETRIES_MAX = 2;

/**
 * The cache of what the API answered.
 * @param onSignedOut called when an answer says that the session has ended.
 */
export function createConsoleQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: unknown): void => {
    // Only the end of a session that there was; the sign-in page's own 401 is the form's business.
    if (!(error instanceof ApiError) || error.problem.status !== 401 || client.getQueryData(sessionQuery.queryKey) === undefined) return;
    forgetSession(client);
    onSignedOut();
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 2000,
        // A refusal stays a refusal; a lost connection may come back.
        retry: (failures, error) => failures < RETRIES_MAX && error instanceof ApiError && (error.problem.status === 0 || error.problem.status >= 500),
      },
    },
  });
  return client;
}

/** Forgets the person and everything that was shown to them. */
export function forgetSession(client: QueryClient): void {
  rememberCsrf(undefined);
  client.clear();
}

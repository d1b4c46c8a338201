import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { listExchanges } from '../api/calls.ts';
import type { ExchangeSummary } from '../api/types.ts';
import { exchangeFilters, type TrafficSearch } from './traffic-search.ts';

const POLL_MS = 2000;
const PAGE_SIZE = 100;

export interface Traffic {
  readonly rows: readonly ExchangeSummary[] | undefined;
  readonly error: Error | null;
  readonly live: boolean;
  readonly setLive: (live: boolean) => void;
  readonly more: { readonly available: boolean; readonly loading: boolean; readonly load: () => void };
  readonly updatedAt: number;
  readonly retry: () => void;
}

/**
 * The exchanges that a search describes. Live, the newest page is read every two seconds; reading older pages pauses, so that the list
 * neither moves under the reader's eyes nor gets a hole; going on begins again at the newest.
 */
export function useTraffic(search: TrafficSearch): Traffic {
  const { exchange: _open, ...filters } = search;
  const [live, setLiveState] = useState(true);
  const client = useQueryClient();
  const queryKey = ['exchanges', filters];
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => listExchanges({ filters: exchangeFilters(filters, new Date()), limit: PAGE_SIZE, before: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: live ? POLL_MS : false,
    refetchOnWindowFocus: live,
    placeholderData: keepPreviousData,
  });
  const setLive = (next: boolean): void => {
    setLiveState(next);
    if (!next) return;
    client.setQueryData<typeof query.data>(queryKey, (data) => (data === undefined ? undefined : { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) }));
    void query.refetch();
  };
  const load = (): void => {
    setLiveState(false);
    void query.fetchNextPage();
  };
  return {
    rows: query.data?.pages.flatMap((page) => page.items),
    error: query.error,
    live,
    setLive,
    more: { available: query.hasNextPage, loading: query.isFetchingNextPage, load },
    updatedAt: query.dataUpdatedAt,
    retry: () => void query.refetch(),
  };
}

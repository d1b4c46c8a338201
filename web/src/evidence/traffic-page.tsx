import { Button, Group } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useRef } from 'react';
import { FirstCall } from '../gateway/first-call.tsx';
import { EmptyState } from '../kit/empty-state.tsx';
import { formatCount } from '../kit/format.ts';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import classes from './evidence.module.css';
import { ExchangePanel } from './exchange-panel.tsx';
import { TrafficFilters } from './traffic-filters.tsx';
import { filterCount, type TrafficSearch } from './traffic-search.ts';
import { TrafficTable } from './traffic-table.tsx';
import { useTrafficKeys } from './use-traffic-keys.ts';
import { useTraffic, type Traffic } from './use-traffic.ts';

export function TrafficPage() {
  const search = useSearch({ from: '/signed-in/traffic' });
  const navigate = useNavigate({ from: '/traffic' });
  const traffic = useTraffic(search);
  const list = useRef<HTMLDivElement>(null);
  const roomy = useMediaQuery('(min-width: 1200px)', true, { getInitialValueInEffect: false });
  const setSearch = useCallback((next: TrafficSearch): void => void navigate({ search: next, replace: true }), [navigate]);
  const close = useCallback((): void => {
    const { exchange, ...rest } = search;
    setSearch(rest);
    // Focus goes back to the row that was open.
    if (exchange !== undefined) list.current?.querySelector<HTMLElement>(`[data-exchange="${CSS.escape(exchange)}"]`)?.focus();
  }, [search, setSearch]);
  useTrafficKeys({ list, opened: search.exchange, open: (exchange) => setSearch({ ...search, exchange }), close, togglePause: () => traffic.setLive(!traffic.live) });
  return (
    <>
      <PageHeader title="Traffic" description="Every call that reached a gateway, newest first. What was matched in a text is never stored, only its kind and place." actions={<LiveSwitch traffic={traffic} />} />
      <TrafficFilters search={search} onChange={setSearch} />
      {traffic.error !== null && <ProblemNotice error={traffic.error} retry={traffic.retry} />}
      <div className={classes.split} data-opened={search.exchange !== undefined}>
        <div className={classes.splitList} ref={list}><TrafficList traffic={traffic} search={search} onClear={() => setSearch({})} narrow={search.exchange !== undefined || !roomy} /></div>
        {search.exchange !== undefined && <ExchangePanel id={search.exchange} onClose={close} />}
      </div>
    </>
  );
}

function LiveSwitch({ traffic }: { readonly traffic: Traffic }) {
  return (
    <Group gap="sm">
      <span className={classes.live} data-live={traffic.live && traffic.error === null} role="status">
        {traffic.live ? (traffic.error === null ? 'Live' : 'Not reachable') : `Paused at ${new Date(traffic.updatedAt).toLocaleTimeString('en-GB')}`}
      </span>
      <Button size="xs" variant="default" onClick={() => traffic.setLive(!traffic.live)} aria-keyshortcuts="."
        leftSection={traffic.live ? <IconPlayerPause size={15} aria-hidden /> : <IconPlayerPlay size={15} aria-hidden />}>
        {traffic.live ? 'Pause' : 'Go on'}
      </Button>
    </Group>
  );
}

interface TrafficListProps {
  readonly traffic: Traffic;
  readonly search: TrafficSearch;
  readonly onClear: () => void;
  /** A detail stands beside it, or the window is small. */
  readonly narrow: boolean;
}

function TrafficList({ traffic, search, onClear, narrow }: TrafficListProps) {
  const { rows, more } = traffic;
  if (rows === undefined && traffic.error !== null) return null;
  if (rows?.length === 0) return <Panel title="Exchanges">{filterCount(search) > 0 ? <NothingMatches onClear={onClear} /> : <NothingYet />}</Panel>;
  return (
    <Panel title="Exchanges" note={rows === undefined ? 'Loading' : `${formatCount(rows.length)} shown${more.available ? ', more below' : ', that is all'}`} flush>
      <TrafficTable rows={rows} opened={search.exchange} search={search} narrow={narrow} />
      {more.available && <div className={classes.more}><Button size="xs" variant="default" loading={more.loading} onClick={more.load}>Load older</Button></div>}
    </Panel>
  );
}

function NothingYet() {
  return (
    <EmptyState title="No call has reached a gateway yet">
      <span>Send one with a key of yours; it appears here within two seconds. The e-mail address and the card number leave masked and come back as they were.</span>
      <FirstCall />
    </EmptyState>
  );
}

function NothingMatches({ onClear }: { readonly onClear: () => void }) {
  return <EmptyState title="No exchange matches these filters" action={<Button variant="default" onClick={onClear}>Clear filters</Button>}>Widen the time or drop a filter.</EmptyState>;
}

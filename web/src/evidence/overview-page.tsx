import { SegmentedControl, Skeleton, Stack } from '@mantine/core';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { overviewQuery, statusQuery } from '../api/queries.ts';
import type { Overview, OverviewWindow, Status } from '../api/types.ts';
import { FirstCall } from '../gateway/first-call.tsx';
import { EmptyState } from '../kit/empty-state.tsx';
import { formatCompact, formatCount, formatKind, formatMicros } from '../kit/format.ts';
import { Notice } from '../kit/notice.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { ChartPanel } from './chart-panel.tsx';
import classes from './evidence.module.css';
import { statsOf } from './overview-stats.ts';
import { CALL_SERIES, callRows, findingChart, LATENCY_SERIES, latencyRows } from './overview-series.ts';
import { ApplicationsPanel, GatewaysPanel, KindsPanel, UpstreamsPanel } from './overview-panels.tsx';
import { Stat } from './stat.tsx';

const WINDOWS: readonly { readonly value: OverviewWindow; readonly label: string; readonly words: string }[] = [
  { value: '1h', label: '1 h', words: 'the last hour' }, { value: '24h', label: '24 h', words: 'the last 24 hours' }, { value: '7d', label: '7 d', words: 'the last 7 days' },
];

export function OverviewPage() {
  const { window = '24h' } = useSearch({ from: '/signed-in/' });
  const navigate = useNavigate({ from: '/' });
  const overview = useQuery(overviewQuery(window));
  const status = useQuery(statusQuery);
  const words = WINDOWS.find(({ value }) => value === window)?.words ?? '';
  return (
    <>
      <PageHeader title="Overview" description={`What the gateways did in ${words}. Each number leads to the calls that it counts.`}
        actions={<SegmentedControl size="xs" data={WINDOWS.map(({ value, label }) => ({ value, label }))} value={window} aria-label="Window of time" onChange={(value) => void navigate({ search: { window: value as OverviewWindow }, replace: true })} />} />
      <Troubles overview={overview} status={status} />
      {overview.data?.totals.exchanges === 0 ? <NoCalls words={words} /> : (overview.error === null || overview.data !== undefined) && <Numbers overview={overview.data} />}
      <Stack gap="md">
        {overview.data !== undefined && overview.data.totals.exchanges > 0 && <Charts overview={overview.data} />}
        {overview.data === undefined && overview.error === null && <Skeleton height={280} />}
        {(status.error === null || status.data !== undefined) && (
          <div className={classes.columns}>
            <UpstreamsPanel status={status.data} />
            <GatewaysPanel status={status.data} />
          </div>
        )}
      </Stack>
    </>
  );
}

type Reading<Data> = Pick<UseQueryResult<Data>, 'data' | 'error' | 'refetch'>;

function Troubles({ overview, status }: { readonly overview: Reading<Overview>; readonly status: Reading<Status> }) {
  const failed = overview.error !== null ? overview : status;
  return (
    <>
      {failed.error !== null && <ProblemNotice error={failed.error} retry={() => void failed.refetch()} />}
      {status.data?.database.ok === false && <Notice alert tone="deny" title="The database is away">Gateways keep enforcing and recording; their records arrive once it is back.</Notice>}
    </>
  );
}

function NoCalls({ words }: { readonly words: string }) {
  return (
    <Stack mb="md">
      <Panel title="Calls">
        <EmptyState title={`No call in ${words}`}>
          <span>Point an OpenAI client at the gateway, or paste this with a key of yours. The e-mail address and the card number leave masked and come back as they were.</span>
          <FirstCall />
        </EmptyState>
      </Panel>
    </Stack>
  );
}

function Numbers({ overview }: { readonly overview: Overview | undefined }) {
  return (
    <section className={classes.stats} aria-label="Totals">
      {statsOf(overview).map((stat) => <Stat key={stat.label} {...stat} />)}
    </section>
  );
}

function Charts({ overview }: { readonly overview: Overview }) {
  const findings = findingChart(overview, formatKind);
  const calls = `${formatCount(overview.denominators.exchanges)} calls, each bar ${stepWords(overview.stepSeconds)}`;
  return (
    <>
      <div className={classes.columns}>
        <ChartPanel title="Calls and decisions" note={calls} kind="bars" series={CALL_SERIES} rows={callRows(overview)} format={formatCompact} empty="No call was answered, refused or failed." />
        <ChartPanel title="Findings by kind" note={`${formatCount(overview.totals.findings)} findings in ${formatCount(overview.denominators.exchanges)} calls`} kind="bars" series={findings.series} rows={findings.rows} format={formatCompact}
          empty={<EmptyState title="Nothing was found">No personal data and no secret stood in these calls, as far as the detectors see.</EmptyState>} />
        <ChartPanel title="Latency" note="Whole calls, the model’s time included" kind="lines" series={LATENCY_SERIES} rows={latencyRows(overview)} format={(value) => formatMicros(value * 1000)} empty="No call was answered." />
        <KindsPanel overview={overview} />
      </div>
      <ApplicationsPanel overview={overview} />
    </>
  );
}

function stepWords(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? 'an hour' : `${seconds / 3600} hours`;
  return seconds % 60 === 0 ? (seconds === 60 ? 'a minute' : `${seconds / 60} minutes`) : `${seconds} seconds`;
}

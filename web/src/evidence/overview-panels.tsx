import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Overview, Status } from '../api/types.ts';
import { ConnectionBadge, HealthBadge } from '../kit/badges.tsx';
import { formatBytes, formatCount, formatKind, formatShare } from '../kit/format.ts';
import { Panel } from '../kit/panel.tsx';
import { TimeAgo } from '../kit/time-ago.tsx';
import classes from './evidence.module.css';

interface RankedProps {
  readonly titles: readonly (readonly [title: string, numeric?: 'numeric'])[];
  readonly rows: readonly (readonly [key: string, ...cells: ReactNode[]])[];
}

/** A short table in a panel. */
function Ranked({ titles, rows }: RankedProps) {
  return (
    <table className={classes.ranked}>
      <thead><tr>{titles.map(([title, numeric]) => <th key={title} scope="col" data-numeric={numeric !== undefined}>{title}</th>)}</tr></thead>
      <tbody>{rows.map(([key, ...cells]) => <tr key={key}>{cells.map((cell, index) => <td key={index} data-numeric={titles[index]?.[1] !== undefined}>{cell}</td>)}</tr>)}</tbody>
    </table>
  );
}

const Loading = () => <div className={classes.loading}><Skeleton height={14} /><Skeleton height={14} width="70%" /></div>;

export function KindsPanel({ overview }: { readonly overview: Overview }) {
  const range = { from: overview.from, to: overview.to };
  const ranked = [...overview.findings].sort((left, right) => right.total - left.total);
  return (
    <Panel title="Kinds found" note={`${formatCount(ranked.length)} kinds, ${formatCount(overview.totals.findings)} findings`} flush>
      {ranked.length === 0 ? <p className={classes.none}>None in this window.</p> : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label="Kinds found">
          <Ranked titles={[['Kind'], ['Class'], ['Findings', 'numeric'], ['Share', 'numeric']]}
            rows={ranked.map(({ kind, label, total }) => [kind, <Link key={kind} to="/traffic" search={{ ...range, kind }}>{formatKind(kind)}</Link>, <span key="class" className={classes.chip} data-label={label}>{formatKind(label)}</span>, formatCount(total), formatShare(total, overview.totals.findings)])} />
        </div>
      )}
    </Panel>
  );
}

export function ApplicationsPanel({ overview }: { readonly overview: Overview }) {
  const range = { from: overview.from, to: overview.to };
  return (
    <Panel title="Applications" note={`The busiest, of ${formatCount(overview.denominators.exchanges)} calls`} flush>
      <Ranked titles={[['Application'], ['Calls', 'numeric'], ['Share', 'numeric'], ['Refused', 'numeric']]}
        rows={overview.applications.map(({ id, name, exchanges, refused }) => [
          id,
          <Link key="all" to="/traffic" search={{ ...range, application: id }}>{name}</Link>,
          formatCount(exchanges),
          formatShare(exchanges, overview.denominators.exchanges),
          <Link key="refused" to="/traffic" search={{ ...range, application: id, outcome: 'refused' }} aria-label={`${formatCount(refused)} refused of ${name}`}>{formatCount(refused)} ({formatShare(refused, exchanges)})</Link>,
        ])} />
    </Panel>
  );
}

export function UpstreamsPanel({ status }: { readonly status: Status | undefined }) {
  const healthy = status?.upstreams.filter(({ state }) => state === 'healthy').length ?? 0;
  return (
    <Panel title="Upstreams" note={status === undefined ? undefined : `${formatCount(healthy)} of ${formatCount(status.upstreams.length)} healthy`} actions={<Link to="/upstreams">All upstreams</Link>} flush>
      {status === undefined ? <Loading /> : (
        <Ranked titles={[['Upstream'], ['Health'], ['Since']]}
          rows={status.upstreams.map((upstream) => [upstream.id, <Link key="name" to="/traffic" search={{ upstream: upstream.name }}>{upstream.name}</Link>, <span key="health"><HealthBadge health={upstream} />{upstream.error && <span className="sp-mono sp-dim"> {upstream.error}</span>}</span>, <TimeAgo key="since" at={upstream.since} absent="–" />])} />
      )}
    </Panel>
  );
}

export function GatewaysPanel({ status }: { readonly status: Status | undefined }) {
  const connected = status?.gateways.filter((gateway) => gateway.connected).length ?? 0;
  const gaps = status?.gateways.reduce((sum, { records }) => sum + records.gaps, 0) ?? 0;
  return (
    <Panel title="Gateways" note={status === undefined ? undefined : `${formatCount(connected)} of ${formatCount(status.gateways.length)} connected · ${gaps === 0 ? 'no gap in records' : `${formatCount(gaps)} ${gaps === 1 ? 'gap' : 'gaps'} in records`}`} flush>
      {status === undefined ? <Loading /> : (
        <Ranked titles={[['Gateway'], ['State'], ['Configuration', 'numeric'], ['Records', 'numeric'], ['Gaps', 'numeric'], ['In spool', 'numeric']]}
          rows={status.gateways.map(({ id, name, connected: up, lastSeenAt, serial, records, spoolBytes }) => [
            id, name,
            <span key="state"><ConnectionBadge connected={up} />{!up && <span className="sp-dim"> <TimeAgo at={lastSeenAt} /></span>}</span>,
            <span key="serial">{formatCount(serial)}{serial !== status.snapshotSerial && <span className="sp-dim"> of {formatCount(status.snapshotSerial)}</span>}</span>,
            formatCount(records.acknowledged), formatCount(records.gaps), formatBytes(spoolBytes),
          ])} />
      )}
    </Panel>
  );
}

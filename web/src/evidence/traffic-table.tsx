import { Skeleton, Table } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { memo } from 'react';
import type { ExchangeSummary } from '../api/types.ts';
import { DecisionBadge, OutcomeBadge } from '../kit/badges.tsx';
import { formatClock, formatFull, formatMicros } from '../kit/format.ts';
import classes from './evidence.module.css';
import { FindingChips } from './finding-chips.tsx';
import type { TrafficSearch } from './traffic-search.ts';

interface TrafficTableProps {
  readonly rows: readonly ExchangeSummary[] | undefined;
  readonly opened: string | undefined;
  readonly search: TrafficSearch;
  readonly narrow: boolean;
}

const WIDE = ['Received', 'Application', 'Model', 'Decision', 'Outcome', 'Findings', 'Status', 'Time'];
const NARROW = ['Received', 'Application', 'Decision', 'Findings', 'Time'];
const NUMERIC = new Set(['Status', 'Time']);

/** The list of exchanges. Each row's time is the link that opens it; a click anywhere on the row does the same. */
export function TrafficTable({ rows, opened, search, narrow }: TrafficTableProps) {
  const titles = narrow ? NARROW : WIDE;
  return (
    <Table.ScrollContainer minWidth={narrow ? 460 : 800} type="native">
      <Table className={classes.traffic} data-narrow={narrow} highlightOnHover aria-busy={rows === undefined}>
        <caption className={classes.hidden}>Exchanges, newest first</caption>
        <Table.Thead><Table.Tr>{titles.map((title) => <Table.Th key={title} scope="col" data-numeric={NUMERIC.has(title)}>{title}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {rows === undefined
            ? Array.from({ length: 8 }, (_, line) => <Table.Tr key={line}>{titles.map((title) => <Table.Td key={title}><Skeleton height={14} /></Table.Td>)}</Table.Tr>)
            : rows.map((row) => <Row key={row.id} row={row} opened={row.id === opened} search={search} narrow={narrow} />)}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface RowProps {
  readonly row: ExchangeSummary;
  readonly opened: boolean;
  readonly search: TrafficSearch;
  readonly narrow: boolean;
}

// Polls replace the rows' objects every two seconds; most of them did not change.
const Row = memo(TrafficRow, (before, after) =>
  before.opened === after.opened && before.narrow === after.narrow && before.search === after.search && before.row.id === after.row.id && before.row.state === after.row.state);

function TrafficRow({ row, opened, search, narrow }: RowProps) {
  const navigate = useNavigate();
  const target = { ...search, exchange: row.id };
  const openUnlessSelecting = (event: React.MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest('a') !== null) return;
    if (window.getSelection()?.isCollapsed === false) return;
    void navigate({ to: '/traffic', search: target, replace: true });
  };
  return (
    <Table.Tr onClick={openUnlessSelecting} data-opened={opened} className={classes.trafficRow}>
      <Table.Td className="sp-nowrap">
        <Link to="/traffic" search={target} replace data-exchange={row.id} aria-current={opened} title={formatFull(row.receivedAt)}><time dateTime={row.receivedAt}>{formatClock(row.receivedAt)}</time></Link>
      </Table.Td>
      <Table.Td className={classes.cut} data-narrow={narrow} title={row.application?.name}>{row.application?.name ?? <span className="sp-dim">not identified</span>}</Table.Td>
      {!narrow && <Table.Td className={classes.cut}><span className="sp-mono">{row.model ?? '–'}</span>{row.stream && <span className={classes.streamMark} title="Answer streamed">stream</span>}</Table.Td>}
      <Table.Td>{narrow && row.state === 'open' ? <OutcomeBadge exchange={row} /> : <DecisionBadge effect={row.effect} />}</Table.Td>
      {!narrow && <Table.Td><OutcomeBadge exchange={row} /></Table.Td>}
      <Table.Td><FindingChips findings={row.findings} shownMax={narrow ? 1 : 2} /></Table.Td>
      {!narrow && <Table.Td data-numeric>{row.status || '–'}</Table.Td>}
      <Table.Td data-numeric className="sp-nowrap">{formatMicros(row.totalMicros)}</Table.Td>
    </Table.Tr>
  );
}

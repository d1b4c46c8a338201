import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { applicationsQuery } from '../api/queries.ts';
import type { Application } from '../api/types.ts';
import { DataTable, type Column } from '../kit/data-table.tsx';
import { EmptyState } from '../kit/empty-state.tsx';
import { formatCount } from '../kit/format.ts';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { TimeAgo } from '../kit/time-ago.tsx';
import { ApplicationForm } from './application-form.tsx';
import { useMayChange } from './use-may-change.ts';

const COLUMNS: readonly Column<Application>[] = [
  { key: 'name', title: 'Application', sortBy: (row) => row.name, cell: (row) => <Link to="/applications/$applicationId" params={{ applicationId: row.id }}>{row.name}</Link> },
  { key: 'owner', title: 'Owner', sortBy: (row) => row.owner, cell: (row) => row.owner },
  { key: 'purpose', title: 'Purpose', cell: (row) => <span className="sp-dim">{row.purpose}</span> },
  { key: 'keys', title: 'Active keys', numeric: true, sortBy: (row) => row.keys.active, cell: (row) => formatCount(row.keys.active) },
  { key: 'last', title: 'Last call', sortBy: (row) => row.lastExchangeAt ?? '', cell: (row) => <TimeAgo at={row.lastExchangeAt} /> },
  { key: 'traffic', title: 'Traffic', hiddenTitle: true, cell: (row) => <Link to="/traffic" search={{ application: row.id }} aria-label={`Traffic of ${row.name}`}>Traffic</Link> },
];

export function ApplicationsPage() {
  const { data, error, refetch } = useQuery(applicationsQuery);
  const [creating, form] = useDisclosure(false);
  const navigate = useNavigate();
  const create = useMayChange() && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={form.open}>New application</Button>;
  return (
    <>
      <PageHeader title="Applications" description="Each application has an owner, a purpose and keys of its own. A call is admitted only with a key, and so always belongs to one of them." actions={create} />
      {error !== null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 ? (
        <Panel title="All applications">
          <EmptyState title="No application yet" action={create}>Create one for each system that calls a model, then give it a key.</EmptyState>
        </Panel>
      ) : (error === null || data !== undefined) && (
        <Panel title="All applications" note={data === undefined ? undefined : `${formatCount(data.items.length)} in all`} flush>
          <DataTable caption="Applications" columns={COLUMNS} rows={data?.items} rowKey={(row) => row.id} />
        </Panel>
      )}
      <ApplicationForm opened={creating} onClose={form.close} onSaved={({ id }) => void navigate({ to: '/applications/$applicationId', params: { applicationId: id } })} />
    </>
  );
}

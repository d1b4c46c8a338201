import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { removeUpstream } from '../api/calls.ts';
import { upstreamsQuery } from '../api/queries.ts';
import type { Upstream } from '../api/types.ts';
import { useMayChange } from '../identity/use-may-change.ts';
import { HealthBadge } from '../kit/badges.tsx';
import { ConfirmModal } from '../kit/confirm-modal.tsx';
import { DataTable, type Column } from '../kit/data-table.tsx';
import { EmptyState } from '../kit/empty-state.tsx';
import { formatCount } from '../kit/format.ts';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { TimeAgo } from '../kit/time-ago.tsx';
import classes from './gateway.module.css';
import { UpstreamForm } from './upstream-form.tsx';

type Dialog = { readonly kind: 'none' } | { readonly kind: 'add' } | { readonly kind: 'edit' | 'remove'; readonly upstream: Upstream };

export function UpstreamsPage() {
  const { data, error, refetch } = useQuery(upstreamsQuery);
  const client = useQueryClient();
  const [dialog, setDialog] = useState<Dialog>({ kind: 'none' });
  const close = (): void => setDialog({ kind: 'none' });
  const mayChange = useMayChange();
  const add = mayChange && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'add' })}>Add upstream</Button>;
  const onlySandbox = data !== undefined && data.items.every((upstream) => upstream.kind === 'sandbox');
  const onRemoved = async (): Promise<void> => {
    close();
    notifications.show({ message: 'The upstream is removed. Gateways stop using it at once.' });
    await client.invalidateQueries({ queryKey: upstreamsQuery.queryKey });
  };
  return (
    <>
      <PageHeader title="Upstreams" description="The model providers that gateways may call. A destination never comes from a client: what is not listed here cannot be reached." actions={add} />
      {error !== null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {(error === null || data !== undefined) && (
        <Panel title="Configured upstreams" note={data === undefined ? undefined : `${formatCount(data.items.filter(({ health }) => health.state === 'healthy').length)} of ${formatCount(data.items.length)} healthy`} flush>
          <DataTable caption="Upstreams" columns={columnsOf(mayChange ? setDialog : undefined)} rows={data?.items} rowKey={(row) => row.id} />
          {onlySandbox && (
            <EmptyState title="No provider yet" action={add}>
              The sandbox answers by itself, without any model, so that a first call works offline. Add a provider to reach a real model.
            </EmptyState>
          )}
        </Panel>
      )}
      <UpstreamForm opened={dialog.kind === 'add' || dialog.kind === 'edit'} upstream={dialog.kind === 'edit' ? dialog.upstream : undefined} onClose={close} />
      <ConfirmModal opened={dialog.kind === 'remove'} title="Remove this upstream?" verb="Remove upstream" onClose={close}
        act={() => (dialog.kind === 'remove' ? removeUpstream(dialog.upstream.id) : Promise.resolve())} onDone={() => void onRemoved()}>
        <Text size="sm">
          {dialog.kind === 'remove' && <>Calls to the models of <b>{dialog.upstream.name}</b> ({dialog.upstream.models.join(', ')}) are refused from then on, and its stored credential is destroyed. Records of past calls stay.</>}
        </Text>
      </ConfirmModal>
    </>
  );
}

const SOURCES: Readonly<Record<Upstream['source'], string>> = { api: '', environment: 'set by the environment', 'built-in': 'built in; answers by itself, without a model' };

function columnsOf(open: ((dialog: Dialog) => void) | undefined): readonly Column<Upstream>[] {
  return [
    { key: 'name', title: 'Upstream', sortBy: (row) => row.name, cell: (row) => <Address row={row} /> },
    { key: 'health', title: 'Health', sortBy: (row) => row.health.state, cell: (row) => <Health row={row} /> },
    { key: 'models', title: 'Models', cell: (row) => <ul className={classes.models}>{row.models.map((model) => <li key={model} className="sp-mono">{model}</li>)}</ul> },
    { key: 'credential', title: 'Credential', cell: (row) => (row.hasCredential ? <span className="sp-mono">…{row.credentialLastFour ?? '••••'}</span> : <span className="sp-dim">none</span>) },
    { key: 'actions', title: 'Actions', hiddenTitle: true, numeric: true, cell: (row) => <Actions row={row} open={open} /> },
  ];
}

function Address({ row: { name, kind, baseUrl, allowPrivate, source, priority, weight } }: { readonly row: Upstream }) {
  return (
    <div className={classes.address}>
      <Link to="/traffic" search={{ upstream: name }} title={`Traffic of ${name}`}>{name}</Link>
      {baseUrl !== '' && <div className="sp-dim sp-mono">{baseUrl}</div>}
      {source === 'built-in' || <div className="sp-dim">{kind}{priority === 0 && weight === 1 ? '' : ` · priority ${priority}, weight ${weight}`}</div>}
      {SOURCES[source] !== '' && <div className="sp-dim">{SOURCES[source]}</div>}
      {allowPrivate && <div className="sp-dim">may stand in a private network</div>}
    </div>
  );
}

function Health({ row: { health } }: { readonly row: Upstream }) {
  return (
    <>
      <HealthBadge health={health} />
      {health.since && <span className="sp-dim"> <TimeAgo at={health.since} /></span>}
      {health.circuit !== undefined && health.circuit !== 'closed' && <div className="sp-dim">{health.circuit === 'open' ? 'left alone for a while' : 'tried with one call at a time'}</div>}
      {health.error && <div className="sp-mono sp-dim">{health.error}</div>}
    </>
  );
}

function Actions({ row, open }: { readonly row: Upstream; readonly open: ((dialog: Dialog) => void) | undefined }) {
  if (row.source !== 'api' || open === undefined) return null;
  return (
    <Group gap={6} justify="flex-end">
      <Button size="compact-xs" variant="default" onClick={() => open({ kind: 'edit', upstream: row })} aria-label={`Change ${row.name}`}>Change</Button>
      <Button size="compact-xs" variant="default" onClick={() => open({ kind: 'remove', upstream: row })} aria-label={`Remove ${row.name}`}>Remove</Button>
    </Group>
  );
}

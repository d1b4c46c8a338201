import { Button, Group, Progress, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { removeLimit } from '../api/calls.ts';
import { applicationsQuery, limitsQuery } from '../api/queries.ts';
import type { Limit } from '../api/types.ts';
import { useMayChange } from '../identity/use-may-change.ts';
import { ConfirmModal } from '../kit/confirm-modal.tsx';
import { DataTable, type Column } from '../kit/data-table.tsx';
import { EmptyState } from '../kit/empty-state.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import classes from './gateway.module.css';
import { LimitForm } from './limit-form.tsx';
import { describeAmount, describeLimit, describeScope, isBudget } from './limit-words.ts';

type Dialog = { readonly kind: 'none' } | { readonly kind: 'add' } | { readonly kind: 'edit' | 'remove'; readonly limit: Limit };

export function LimitsPage() {
  const { data, error, refetch } = useQuery(limitsQuery);
  const applications = useQuery(applicationsQuery).data?.items ?? [];
  const client = useQueryClient();
  const [dialog, setDialog] = useState<Dialog>({ kind: 'none' });
  const close = (): void => setDialog({ kind: 'none' });
  const mayChange = useMayChange();
  const add = mayChange && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'add' })}>Add limit</Button>;
  const nameOf = (id: string): string | undefined => applications.find((application) => application.id === id)?.name;
  const onRemoved = async (): Promise<void> => {
    close();
    notifications.show({ message: 'The limit is removed. Gateways no longer keep to it.' });
    await client.invalidateQueries({ queryKey: limitsQuery.queryKey });
  };
  return (
    <>
      <PageHeader title="Limits" description="What callers may use: requests, tokens, money, calls at a time. By day and month it is a budget, which gateways spend in slices that control grants." actions={add} />
      {error !== null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {(error === null || data !== undefined) && (
        <Panel title="Limits and budgets" flush>
          {data?.items.length === 0
            ? <EmptyState title="No limits yet" action={add}>Callers may use as much as their providers allow.</EmptyState>
            : <DataTable caption="Limits" columns={columnsOf(nameOf, mayChange ? setDialog : undefined)} rows={data?.items} rowKey={(row) => row.id} />}
        </Panel>
      )}
      <LimitForm opened={dialog.kind === 'add' || dialog.kind === 'edit'} limit={dialog.kind === 'edit' ? dialog.limit : undefined} onClose={close} />
      <ConfirmModal opened={dialog.kind === 'remove'} title="Remove this limit?" verb="Remove limit" onClose={close}
        act={() => (dialog.kind === 'remove' ? removeLimit(dialog.limit.id) : Promise.resolve())} onDone={() => void onRemoved()}>
        <Text size="sm">{dialog.kind === 'remove' && <>Callers are no longer bound by <b>{dialog.limit.name}</b> ({describeLimit(dialog.limit)}), and what was spent of it is forgotten.</>}</Text>
      </ConfirmModal>
    </>
  );
}

function columnsOf(nameOf: (id: string) => string | undefined, open: ((dialog: Dialog) => void) | undefined): readonly Column<Limit>[] {
  return [
    { key: 'name', title: 'Limit', sortBy: (row) => row.name, cell: (row) => row.name },
    { key: 'binds', title: 'Binds', cell: (row) => describeScope(row, nameOf) },
    { key: 'allows', title: 'Allows', cell: (row) => describeLimit(row) },
    { key: 'spent', title: 'Spent in this period', cell: (row) => <Spent row={row} nameOf={nameOf} /> },
    { key: 'actions', title: 'Actions', hiddenTitle: true, numeric: true, cell: (row) => <Actions row={row} open={open} /> },
  ];
}

function Spent({ row, nameOf }: { readonly row: Limit; readonly nameOf: (id: string) => string | undefined }) {
  if (!isBudget(row)) return <span className="sp-dim">not a budget</span>;
  if (row.spending.length === 0) return <span className="sp-dim">nothing yet</span>;
  return (
    <div className={classes.address}>
      {row.spending.map(({ subject, spent }) => (
        <div key={subject ?? ''}>
          {subject !== null && row.subject === null && <div className="sp-dim">{nameOf(subject) ?? subject}</div>}
          <div>{describeAmount(row, spent)}</div>
          <Progress size="xs" value={Math.min(100, (spent / row.amount) * 100)} aria-label={`Spent of ${row.name}`} />
        </div>
      ))}
    </div>
  );
}

function Actions({ row, open }: { readonly row: Limit; readonly open: ((dialog: Dialog) => void) | undefined }) {
  if (open === undefined) return null;
  return (
    <Group gap={6} justify="flex-end">
      <Button size="compact-xs" variant="default" onClick={() => open({ kind: 'edit', limit: row })} aria-label={`Change ${row.name}`}>Change</Button>
      <Button size="compact-xs" variant="default" onClick={() => open({ kind: 'remove', limit: row })} aria-label={`Remove ${row.name}`}>Remove</Button>
    </Group>
  );
}

import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBan, IconCheck, IconClockOff } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { revokeKey } from '../api/calls.ts';
import { applicationsQuery } from '../api/queries.ts';
import type { Key } from '../api/types.ts';
import { StateBadge } from '../kit/badges.tsx';
import { ConfirmModal } from '../kit/confirm-modal.tsx';
import { DataTable, type Column } from '../kit/data-table.tsx';
import { TimeAgo } from '../kit/time-ago.tsx';
import { keyState } from './key-state.ts';
import { useMayChange } from './use-may-change.ts';

export function KeysTable({ rows }: { readonly rows: readonly Key[] | undefined }) {
  const [revoking, setRevoking] = useState<Key | undefined>();
  const client = useQueryClient();
  const mayChange = useMayChange();
  const onRevoked = async (): Promise<void> => {
    setRevoking(undefined);
    notifications.show({ message: 'The key is revoked. Connected gateways refuse it within two seconds.' });
    await Promise.all([client.invalidateQueries({ queryKey: ['keys'] }), client.invalidateQueries({ queryKey: applicationsQuery.queryKey })]);
  };
  return (
    <>
      <DataTable caption="Keys" columns={mayChange ? [...COLUMNS, revokeColumn(setRevoking)] : COLUMNS} rows={rows} rowKey={(row) => row.id} />
      <ConfirmModal opened={revoking !== undefined} title="Revoke this key?" verb="Revoke key" onClose={() => setRevoking(undefined)}
        act={() => (revoking === undefined ? Promise.resolve() : revokeKey(revoking.id))} onDone={() => void onRevoked()}>
        <Text size="sm">
          Calls with key <b>{revoking?.name}</b> (…{revoking?.lastFour}) of {revoking?.applicationName} are refused from then on. This cannot be undone; a new key can be created at any time.
        </Text>
      </ConfirmModal>
    </>
  );
}

const COLUMNS: readonly Column<Key>[] = [
  { key: 'name', title: 'Key', sortBy: (row) => row.name, cell: (row) => <>{row.name} <span className="sp-mono sp-dim">…{row.lastFour}</span></> },
  { key: 'state', title: 'State', sortBy: (row) => keyState(row, new Date()), cell: (row) => <KeyBadge row={row} /> },
  { key: 'created', title: 'Created', sortBy: (row) => row.createdAt, cell: (row) => <><TimeAgo at={row.createdAt} />{row.createdBy ? <span className="sp-dim"> by {row.createdBy}</span> : null}</> },
  { key: 'used', title: 'Last used', sortBy: (row) => row.lastUsedAt ?? '', cell: (row) => <TimeAgo at={row.lastUsedAt} /> },
  { key: 'expires', title: 'Expires', sortBy: (row) => row.expiresAt ?? '9', cell: (row) => <TimeAgo at={row.expiresAt} /> },
];

const revokeColumn = (onRevoke: (key: Key) => void): Column<Key> => ({
  key: 'actions', title: 'Actions', hiddenTitle: true, numeric: true,
  cell: (row) => (row.revokedAt ? null : <Button size="compact-xs" variant="default" onClick={() => onRevoke(row)} aria-label={`Revoke key ${row.name}`}>Revoke</Button>),
});

function KeyBadge({ row }: { readonly row: Key }) {
  switch (keyState(row, new Date())) {
    case 'active': return <StateBadge tone="permit" word="Active" icon={IconCheck} />;
    case 'expired': return <StateBadge tone="hold" word="Expired" icon={IconClockOff} />;
    case 'revoked': return <StateBadge tone="neutral" word="Revoked" icon={IconBan} />;
  }
}

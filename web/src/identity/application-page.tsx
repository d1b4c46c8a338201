import { Button, Group, Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconListDetails, IconPencil, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { applicationQuery, keysQuery } from '../api/queries.ts';
import type { Application, CreatedKey, Key } from '../api/types.ts';
import { EmptyState } from '../kit/empty-state.tsx';
import { Facts } from '../kit/facts.tsx';
import { formatCount } from '../kit/format.ts';
import { LinkButton } from '../kit/link-button.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { TimeAgo } from '../kit/time-ago.tsx';
import { ApplicationForm } from './application-form.tsx';
import { KeyForm } from './key-form.tsx';
import { KeySecretDialog } from './key-secret-dialog.tsx';
import { KeysTable } from './keys-table.tsx';
import { useMayChange } from './use-may-change.ts';

export function ApplicationPage() {
  const { applicationId } = useParams({ from: '/signed-in/applications/$applicationId' });
  const application = useQuery(applicationQuery(applicationId));
  if (application.error !== null) return <><PageHeader title="Application" /><ProblemNotice error={application.error} retry={() => void application.refetch()} /></>;
  if (application.data === undefined) return <Skeleton height={180} />;
  return <ApplicationView application={application.data} />;
}

function ApplicationView({ application }: { readonly application: Application }) {
  const [editing, edit] = useDisclosure(false);
  const mayChange = useMayChange();
  return (
    <>
      <PageHeader title={application.name} description={application.purpose}
        actions={<>
          <LinkButton variant="default" to="/traffic" search={{ application: application.id }} leftSection={<IconListDetails size={16} aria-hidden />}>Traffic</LinkButton>
          {mayChange && <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={edit.open}>Change</Button>}
        </>} />
      <Facts items={[
        ['Owner', application.owner],
        ['Created', <TimeAgo key="created" at={application.createdAt} />],
        ['Last call', <TimeAgo key="last" at={application.lastExchangeAt} />],
        ['Id', <span key="id" className="sp-mono">{application.id}</span>],
      ]} />
      <KeysPanel application={application} />
      <ApplicationForm opened={editing} application={application} onClose={edit.close} onSaved={() => undefined} />
    </>
  );
}

function KeysPanel({ application }: { readonly application: Application }) {
  const keys = useQuery(keysQuery(application.id));
  const [creating, form] = useDisclosure(false);
  const [created, setCreated] = useState<CreatedKey | undefined>();
  const create = useMayChange() && <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={form.open}>New key</Button>;
  return (
    <>
      <Panel title="Keys" note={noteOf(keys.data?.items)} actions={create} flush>
        {keys.error !== null && <Group px="md"><ProblemNotice error={keys.error} retry={() => void keys.refetch()} /></Group>}
        {keys.data?.items.length === 0
          ? <EmptyState title="No key yet" action={create}>A key lets the application call the gateway. It is shown once, when it is created.</EmptyState>
          : (keys.error === null) && <KeysTable rows={keys.data?.items} />}
      </Panel>
      <KeyForm opened={creating} application={application} onClose={form.close} onCreated={setCreated} />
      <KeySecretDialog created={created} onClose={() => setCreated(undefined)} />
    </>
  );
}

function noteOf(keys: readonly Key[] | undefined): string | undefined {
  if (keys === undefined || keys.length === 0) return undefined;
  const active = keys.filter((key) => key.revokedAt === null || key.revokedAt === undefined).length;
  return `${formatCount(active)} of ${formatCount(keys.length)} not revoked`;
}

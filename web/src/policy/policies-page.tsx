import { Button, Skeleton, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { policiesQuery } from '../api/queries.ts';
import { useMayChange } from '../identity/use-may-change.ts';
import { EmptyState } from '../kit/empty-state.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { PolicyCard } from './policy-card.tsx';
import { PolicyForm } from './policy-form.tsx';

export function PoliciesPage() {
  const { data, error, refetch } = useQuery(policiesQuery);
  const [creating, form] = useDisclosure(false);
  const create = useMayChange() && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={form.open}>New policy</Button>;
  return (
    <>
      <PageHeader title="Policies" description="What happens to a call, by who calls, with which model, and what was found in it. Written in Cedar. A policy can first observe, then bite on a share of calls, then on all." actions={create} />
      {error !== null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {error === null && data === undefined && <Stack><Skeleton height={160} /><Skeleton height={160} /></Stack>}
      {data?.items.length === 0 && (
        <Panel title="All policies"><EmptyState title="No policy" action={create}>Without a policy no call is permitted. The built-in ones come back when Sallyport starts.</EmptyState></Panel>
      )}
      <Stack gap="md">{data?.items.map((policy) => <PolicyCard key={policy.id} policy={policy} />)}</Stack>
      <PolicyForm opened={creating} onClose={form.close} />
    </>
  );
}

import { Skeleton, Stack } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { LinkButton } from '../kit/link-button.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { CardPage } from './card-page.tsx';

export function RoutePending() {
  return (
    <Stack p="md" gap="md" aria-busy aria-label="Loading">
      <Skeleton height={28} width={220} />
      <Skeleton height={120} />
      <Skeleton height={240} />
    </Stack>
  );
}

export function RouteError({ error }: { readonly error: unknown }) {
  const router = useRouter();
  return (
    <Stack p="md" maw={720}>
      <PageHeader title="This page could not be shown" />
      <ProblemNotice error={error} retry={() => void router.invalidate()} />
    </Stack>
  );
}

export function NotFoundPage() {
  return (
    <CardPage>
      <PageHeader title="There is no such page" description="The address may be mistyped, or the page may have moved." />
      <LinkButton to="/" variant="default">To the overview</LinkButton>
    </CardPage>
  );
}

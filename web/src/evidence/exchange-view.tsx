import { Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { exchangeQuery } from '../api/queries.ts';
import type { ExchangeDetail } from '../api/types.ts';
import { DecisionBadge, OutcomeBadge } from '../kit/badges.tsx';
import { CopyAction } from '../kit/copy-field.tsx';
import { formatFull, formatMicros } from '../kit/format.ts';
import { ProblemNotice } from '../kit/problem.tsx';
import { StepTrail } from '../kit/step-trail.tsx';
import { STEP_BODIES, STEP_TITLES } from './step-bodies.tsx';
import { stepsOf } from './steps.ts';

/** All that is recorded of one exchange, as the steps that it walked. */
export function ExchangeView({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(exchangeQuery(id));
  if (error !== null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Stack aria-busy aria-label="Loading">{[0, 1, 2, 3, 4, 5].map((line) => <Skeleton key={line} height={34} />)}</Stack>;
  return (
    <Stack gap="md">
      <Summary exchange={data} />
      <StepTrail label="Steps of this exchange" steps={stepsOf(data).map((step) => {
        const Body = STEP_BODIES[step.name];
        return { ...step, title: STEP_TITLES[step.name], body: <Body exchange={data} /> };
      })} />
    </Stack>
  );
}

function Summary({ exchange }: { readonly exchange: ExchangeDetail }) {
  return (
    <div>
      <Group gap="xs" mb={6}>
        <OutcomeBadge exchange={exchange} />
        {exchange.effect && <DecisionBadge effect={exchange.effect} />}
        {exchange.status ? <Text size="sm">status {exchange.status}</Text> : null}
        {exchange.totalMicros !== undefined && exchange.totalMicros !== null && <Text size="sm">{formatMicros(exchange.totalMicros)} in all</Text>}
      </Group>
      <Text size="sm" c="dimmed">{formatFull(exchange.receivedAt)}</Text>
      <Group gap={4} wrap="nowrap"><Text size="sm" c="dimmed" className="sp-mono">{exchange.id}</Text><CopyAction value={exchange.id} label="Copy id" /></Group>
    </div>
  );
}

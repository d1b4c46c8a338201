import { Button, Code, Text } from '@mantine/core';
import { ApiError } from '../api/client.ts';
import { Notice } from './notice.tsx';
import { adviceFor, toProblem } from './problem-advice.ts';

/** A failure as the API described it: what, its code, and what to do. */
export function ProblemNotice({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const problem = toProblem(error);
  const advice = adviceFor(problem);
  return (
    <Notice alert tone="deny" title={problem.detail}>
      {advice !== undefined && <Text size="sm">{advice}</Text>}
      <Text size="xs" c="dimmed" mt={4}>
        Code <Code>{problem.code}</Code>{problem.status > 0 && ` · ${problem.status} ${problem.title}`}
      </Text>
      {retry !== undefined && <Button size="xs" variant="default" mt="sm" onClick={retry}>Try again</Button>}
    </Notice>
  );
}

/** Field messages of a refusal, for a form's `setErrors`. The path's last name is the field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const entries = (error.problem.errors ?? []).map(({ path, message }) => [path.split(/[./]/).filter((name) => name !== '' && name !== 'body')[0] ?? '', message] as const);
  return Object.fromEntries(entries.filter(([field]) => field !== ''));
}

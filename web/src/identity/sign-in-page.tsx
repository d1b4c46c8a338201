import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { signIn } from '../api/calls.ts';
import { ApiError, rememberCsrf } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { Notice } from '../kit/notice.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { CardPage } from '../shell/card-page.tsx';

export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { email: '', password: '' },
    validate: { email: (value) => (value.trim() === '' ? 'Write your e-mail address' : null), password: (value) => (value === '' ? 'Write your password' : null) },
  });
  const enter = useMutation({
    mutationFn: ({ email, password }: typeof form.values) => signIn({ email: email.trim(), password }),
    onSuccess: async (session) => {
      rememberCsrf(session.csrf);
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ href: next ?? '/', replace: true });
    },
    onError: () => form.setFieldValue('password', ''),
  });
  return (
    <CardPage>
      <PageHeader title="Sign in" />
      <form onSubmit={form.onSubmit((values) => enter.mutate(values))} noValidate>
        <Stack gap="sm">
          <TextInput label="E-mail" type="email" autoComplete="username" required autoFocus {...form.getInputProps('email')} />
          <PasswordInput label="Password" autoComplete="current-password" required {...form.getInputProps('password')} />
          {enter.error !== null && <SignInFailure error={enter.error} />}
          <Button type="submit" loading={enter.isPending} mt="xs">Sign in</Button>
        </Stack>
      </form>
    </CardPage>
  );
}

function SignInFailure({ error }: { readonly error: Error }) {
  if (!(error instanceof ApiError) || error.problem.status !== 401) return <ProblemNotice error={error} />;
  return <Notice alert tone="deny" title="E-mail or password is wrong." />;
}

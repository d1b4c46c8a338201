import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { completeSetup } from '../api/calls.ts';
import { rememberCsrf } from '../api/client.ts';
import { sessionQuery, setupQuery } from '../api/queries.ts';
import { LinkButton } from '../kit/link-button.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { CardPage } from '../shell/card-page.tsx';
import { isEmail, PASSWORD_LENGTH_MIN, takeSetupToken } from './set-up-token.ts';

// Read once, when this page is first loaded: the address no longer holds it afterwards.
const token = takeSetupToken(window);

/** First run: the one-time link leads here and makes the first administrator. */
export function SetUpPage() {
  const { data: setup, error } = useQuery(setupQuery);
  return (
    <CardPage>
      <PageHeader title="Set up Sallyport" />
      {error !== null && <ProblemNotice error={error} />}
      {setup?.needed === false && <AlreadySetUp />}
      {setup?.needed === true && (token === undefined ? <NoToken /> : <SetUpForm token={token} />)}
    </CardPage>
  );
}

function AlreadySetUp() {
  return (
    <Stack>
      <Text>This installation has its administrator already. The set-up link worked once and is spent.</Text>
      <LinkButton to="/sign-in" search={{}}>Sign in</LinkButton>
    </Stack>
  );
}

function NoToken() {
  return (
    <Stack gap="xs">
      <Text>Open the one-time link that Sallyport printed when it first started. It looks like this:</Text>
      <Text className="sp-mono" size="sm">{window.location.origin}/setup#token=…</Text>
      <Text c="dimmed" size="sm">The link stands in the ready line on the terminal; “sallyport setup-link” makes a new one. Whoever holds it can become the administrator, once.</Text>
    </Stack>
  );
}

function SetUpForm({ token: setupToken }: { readonly token: string }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: '', email: '', password: '', repeated: '' },
    validateInputOnBlur: true,
    validate: {
      name: (value) => (value.trim() === '' ? 'Say who you are' : null),
      email: (value) => (isEmail(value) ? null : 'Write an e-mail address'),
      password: (value) => (value.length < PASSWORD_LENGTH_MIN ? `At least ${PASSWORD_LENGTH_MIN} characters` : null),
      repeated: (value, values) => (value === values.password ? null : 'The two differ'),
    },
  });
  const setUp = useMutation({
    mutationFn: ({ name, email, password }: typeof form.values) => completeSetup({ token: setupToken, name: name.trim(), email: email.trim(), password }),
    onSuccess: async (session) => {
      rememberCsrf(session.csrf);
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: '/', replace: true });
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => setUp.mutate(values))} noValidate>
      <Stack gap="sm">
        <Text c="dimmed" size="sm">Make the first administrator. This link works once.</Text>
        <TextInput label="Your name" autoComplete="name" required {...form.getInputProps('name')} />
        <TextInput label="E-mail" type="email" autoComplete="username" required {...form.getInputProps('email')} />
        <PasswordInput label="Password" description={`At least ${PASSWORD_LENGTH_MIN} characters; a few words are better than one`} autoComplete="new-password" required {...form.getInputProps('password')} />
        <PasswordInput label="Password again" autoComplete="new-password" required {...form.getInputProps('repeated')} />
        {setUp.error !== null && <ProblemNotice error={setUp.error} />}
        <Button type="submit" loading={setUp.isPending} mt="xs">Create administrator</Button>
      </Stack>
    </form>
  );
}

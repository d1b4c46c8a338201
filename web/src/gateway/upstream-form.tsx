import { Button, Group, Modal, PasswordInput, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { changeUpstream, createUpstream } from '../api/calls.ts';
import { upstreamsQuery } from '../api/queries.ts';
import type { Upstream } from '../api/types.ts';
import { Notice } from '../kit/notice.tsx';
import { fieldErrors, ProblemNotice } from '../kit/problem.tsx';
import { baseUrlProblem, looksPrivate, upstreamNameProblem } from './upstream-address.ts';

interface UpstreamFormProps {
  readonly opened: boolean;
  /** The upstream to change; a new one when absent. */
  readonly upstream: Upstream | undefined;
  readonly onClose: () => void;
}

export function UpstreamForm({ opened, upstream, onClose }: UpstreamFormProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={upstream === undefined ? 'Add upstream' : `Change ${upstream.name}`} size="lg">
      <Fields upstream={upstream} onClose={onClose} />
    </Modal>
  );
}

function Fields({ upstream, onClose }: Omit<UpstreamFormProps, 'opened'>) {
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: upstream?.name ?? '', baseUrl: upstream?.baseUrl ?? '', apiKey: '', models: [...(upstream?.models ?? [])], allowPrivate: upstream?.allowPrivate ?? false },
    validateInputOnBlur: true,
    validate: {
      name: upstreamNameProblem,
      baseUrl: baseUrlProblem,
      models: (models) => (models.length === 0 ? 'Name at least one model' : null),
      allowPrivate: (allowed, { baseUrl }) => (!allowed && looksPrivate(baseUrl) ? 'This address is private: switch this on, or choose another address' : null),
    },
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) => {
      const settings = settingsOf(values);
      return upstream === undefined ? createUpstream({ ...settings, name: values.name.trim() }) : changeUpstream(upstream.id, settings);
    },
    // The credential stays out of the cache.
    gcTime: 0,
    onSuccess: async ({ name }) => {
      onClose();
      notifications.show({ message: `${name} is saved. Gateways use it within two seconds.` });
      await client.invalidateQueries({ queryKey: upstreamsQuery.queryKey });
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" description="Lower-case letters, digits and hyphens; it stands in every record" placeholder="openai-eu" required maxLength={63} disabled={upstream !== undefined} data-autofocus {...form.getInputProps('name')} />
        <TextInput label="Base URL" description="Of an OpenAI-compatible API, with /v1 where the provider has it" placeholder="https://api.example.com/v1" type="url" required maxLength={500} {...form.getInputProps('baseUrl')} />
        <PasswordInput label="Credential" description={credentialNote(upstream)} autoComplete="off" maxLength={4000} {...form.getInputProps('apiKey')} />
        <TagsInput label="Models" description="Names that callers use; press Enter after each" required splitChars={[',', ' ']} {...form.getInputProps('models')} />
        <Switch label="May stand on a private or loopback address" {...form.getInputProps('allowPrivate', { type: 'checkbox' })}
          description="Off: the address is refused if its name resolves into your own network, so that nobody can point the gateway at inside systems. Switch it on for a model that you host yourself." />
        {form.values.allowPrivate && form.values.baseUrl.startsWith('http://') && (
          <Notice tone="hold">Without https, prompts and the credential travel in clear. Do this only on this machine or a network that you trust.</Notice>
        )}
        {save.error !== null && <ProblemNotice error={save.error} />}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={save.isPending}>{upstream === undefined ? 'Add upstream' : 'Save'}</Button>
        </Group>
      </Stack>
    </form>
  );
}

function credentialNote(upstream: Upstream | undefined): string {
  if (upstream?.hasCredential === true) return `One ending in ${upstream.credentialLastFour ?? '…'} is stored. Leave this empty to keep it.`;
  return 'Sealed at rest and opened only by the gateway as it dials out. It is never shown again.';
}

/** What both a new and a changed upstream take. No credential means: none, or the stored one stays. */
function settingsOf({ baseUrl, apiKey, models, allowPrivate }: { readonly baseUrl: string; readonly apiKey: string; readonly models: string[]; readonly allowPrivate: boolean }) {
  return { baseUrl: baseUrl.trim().replace(/\/+$/, ''), models, allowPrivate, ...(apiKey === '' ? {} : { apiKey }) };
}

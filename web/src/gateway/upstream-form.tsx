import { Button, Group, Modal, NumberInput, PasswordInput, Select, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useForm, type UseFormReturnType } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { changeUpstream, createUpstream } from '../api/calls.ts';
import { upstreamKindsQuery, upstreamsQuery } from '../api/queries.ts';
import type { Upstream, UpstreamKind } from '../api/types.ts';
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
  const kinds = useQuery(upstreamKindsQuery).data?.items ?? [];
  const form = useForm({
    initialValues: valuesOf(upstream),
    validateInputOnBlur: true,
    validate: {
      name: upstreamNameProblem,
      baseUrl: (value, { kind }) => baseUrlProblem(value, upstream !== undefined || !hasOwnAddress(kinds.find((known) => known.kind === kind))),
      models: (models) => (models.length === 0 ? 'Name at least one model' : null),
      allowPrivate: (allowed, { baseUrl }) => (!allowed && looksPrivate(baseUrl) ? 'This address is private: switch this on, or choose another address' : null),
    },
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) => {
      const settings = settingsOf(values);
      return upstream === undefined ? createUpstream({ ...newSettings(settings), name: values.name.trim(), kind: values.kind === 'sandbox' ? 'openai-compatible' : values.kind }) : changeUpstream(upstream.id, settings);
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
        <ProviderFields form={form} kinds={kinds} isNew={upstream === undefined} />
        <PasswordInput label="Credential" description={credentialNote(upstream)} autoComplete="off" maxLength={4000} {...form.getInputProps('apiKey')} />
        <TagsInput label="Models" description="Names that callers use; press Enter after each" required splitChars={[',', ' ']} {...form.getInputProps('models')} />
        <RoutingFields form={form} />
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

type Values = ReturnType<typeof valuesOf>;

const NEW = { name: '', kind: 'openai-compatible', baseUrl: '', apiVersion: '', models: [], allowPrivate: false, priority: 0, weight: 1, attempts: 1 } as const satisfies Partial<Upstream>;

function valuesOf(upstream: Upstream | undefined) {
  const { name, kind, baseUrl, apiVersion = '', models, allowPrivate, priority, weight, attempts } = upstream ?? NEW;
  return { name, kind, baseUrl, apiVersion, apiKey: '', models: [...models], allowPrivate, priority, weight, attempts } satisfies Settings & Pick<Upstream, 'name' | 'kind'>;
}

const hasOwnAddress = (kind: UpstreamKind | undefined): boolean => typeof kind?.baseUrl === 'string';

interface ProviderFieldsProps {
  readonly form: UseFormReturnType<Values>;
  readonly kinds: readonly UpstreamKind[];
  readonly isNew: boolean;
}

/** Who it is and where it stands. */
function ProviderFields({ form, kinds, isNew }: ProviderFieldsProps) {
  const kind = kinds.find((known) => known.kind === form.values.kind);
  const isOptional = isNew && hasOwnAddress(kind);
  return (
    <>
      <Select label="Provider" description={kind && `Speaks ${kind.apis.join(', ')}`} data={kinds.map(({ kind: value, label }) => ({ value, label }))} allowDeselect={false} disabled={!isNew} {...form.getInputProps('kind')} />
      <TextInput label="Base URL" description={isOptional ? `Leave it empty for ${kind?.baseUrl}` : 'With /v1 where the provider has it'} placeholder={kind?.example ?? 'https://api.example.com/v1'} type="url" required={!isOptional} maxLength={500} {...form.getInputProps('baseUrl')} />
      {kind?.versioned === true && <TextInput label="API version" description="A date such as 2024-10-21; empty for the version that the base URL names" maxLength={40} {...form.getInputProps('apiVersion')} />}
    </>
  );
}

/** Which of several upstreams gets a call. */
function RoutingFields({ form }: Pick<ProviderFieldsProps, 'form'>) {
  return (
    <Group grow align="flex-start">
      <NumberInput label="Priority" description="Where several serve a model, the lowest goes first" min={0} max={100} allowDecimal={false} {...form.getInputProps('priority')} />
      <NumberInput label="Weight" description="Share of the calls among equals" min={1} max={1000} allowDecimal={false} {...form.getInputProps('weight')} />
      <NumberInput label="Attempts" description="Before the next upstream is tried" min={1} max={5} allowDecimal={false} {...form.getInputProps('attempts')} />
    </Group>
  );
}

function credentialNote(upstream: Upstream | undefined): string {
  if (upstream?.hasCredential === true) return `One ending in ${upstream.credentialLastFour ?? '…'} is stored. Leave this empty to keep it.`;
  return 'Sealed at rest and opened only by the gateway as it dials out. It is never shown again.';
}

interface Settings {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly apiVersion: string;
  readonly models: string[];
  readonly allowPrivate: boolean;
  readonly priority: number;
  readonly weight: number;
  readonly attempts: number;
}

/** What a changed upstream takes. No credential means: none, or the stored one stays. */
function settingsOf({ baseUrl, apiKey, apiVersion, models, allowPrivate, priority, weight, attempts }: Settings) {
  return {
    baseUrl: baseUrl.trim().replace(/\/+$/, ''), apiVersion: apiVersion.trim() === '' ? null : apiVersion.trim(), models, allowPrivate, priority, weight, attempts, ...(apiKey === '' ? {} : { apiKey }),
  };
}

/** What was left empty in a new one is left out: its kind then tells. */
function newSettings({ baseUrl, apiVersion, ...rest }: ReturnType<typeof settingsOf>) {
  return { ...rest, ...(baseUrl === '' ? {} : { baseUrl }), ...(apiVersion === null ? {} : { apiVersion }) };
}

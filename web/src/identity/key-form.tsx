import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { createKey } from '../api/calls.ts';
import { applicationsQuery, keysQuery } from '../api/queries.ts';
import type { Application, CreatedKey } from '../api/types.ts';
import { fieldErrors, ProblemNotice } from '../kit/problem.tsx';

const DAY_MS = 86_400_000;
const LIVES = [
  { value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '365', label: 'A year' }, { value: 'never', label: 'Until it is revoked' },
];

interface KeyFormProps {
  readonly opened: boolean;
  readonly application: Application;
  readonly onClose: () => void;
  readonly onCreated: (key: CreatedKey) => void;
}

export function KeyForm({ opened, onClose, application, onCreated }: KeyFormProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`New key for ${application.name}`}>
      <Fields application={application} onClose={onClose} onCreated={onCreated} />
    </Modal>
  );
}

function Fields({ application, onClose, onCreated }: Omit<KeyFormProps, 'opened'>) {
  const client = useQueryClient();
  const form = useForm({ initialValues: { name: '', life: '90' } });
  const create = useMutation({
    mutationFn: ({ name, life }: typeof form.values) =>
      createKey({
        application: application.id,
        ...(name.trim() === '' ? {} : { name: name.trim() }),
        ...(life === 'never' ? {} : { expiresAt: new Date(Date.now() + Number(life) * DAY_MS).toISOString() }),
      }),
    // The secret is shown once: it stays in the page's state and out of the cache.
    gcTime: 0,
    onSuccess: async (key) => {
      onClose();
      onCreated(key);
      await Promise.all([client.invalidateQueries({ queryKey: keysQuery(application.id).queryKey }), client.invalidateQueries({ queryKey: applicationsQuery.queryKey })]);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" description="Where the key is used, e.g. production" placeholder="production" maxLength={100} data-autofocus {...form.getInputProps('name')} />
        <Select label="Valid for" data={LIVES} allowDeselect={false} checkIconPosition="right" {...form.getInputProps('life')} />
        {create.error !== null && <ProblemNotice error={create.error} />}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={create.isPending}>Create key</Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Button, Group, Modal, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { createPolicy, validatePolicy } from '../api/calls.ts';
import { policiesQuery } from '../api/queries.ts';
import type { PolicyValidation } from '../api/types.ts';
import { Notice } from '../kit/notice.tsx';
import { fieldErrors, ProblemNotice } from '../kit/problem.tsx';
import { ModeField, type ModeValue } from './mode-field.tsx';

export function PolicyForm({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return <Modal opened={opened} onClose={onClose} title="New policy" size="xl"><Fields onClose={onClose} /></Modal>;
}

function Fields({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: '', cedar: '', force: { mode: 'observe', sharePercent: 10 } as ModeValue },
    validate: { name: (value) => (value.trim() === '' ? 'Name it' : null), cedar: (value) => (value.trim() === '' ? 'Write at least one statement' : null) },
  });
  const check = useMutation({ mutationFn: validatePolicy });
  const save = useMutation({
    mutationFn: ({ name, cedar, force }: typeof form.values) => createPolicy({ name: name.trim(), cedar, ...force }),
    onSuccess: async ({ name }) => {
      onClose();
      notifications.show({ message: `${name} is saved.` });
      await client.invalidateQueries({ queryKey: policiesQuery.queryKey });
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const cedar = form.getInputProps('cedar') as { onChange: (value: unknown) => void; value: string; error?: string };
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" placeholder="no-cards-abroad" required maxLength={100} data-autofocus {...form.getInputProps('name')} />
        <Textarea label="Cedar" description="One or more statements, each with an @id. Copy the source of a built-in policy for a start." required autosize minRows={10} maxRows={24} spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 'var(--mantine-font-size-sm)' } }}
          {...cedar} onChange={(event) => { cedar.onChange(event); check.reset(); }} />
        <div aria-live="polite">{check.data !== undefined && <Verdict validation={check.data} />}</div>
        {check.error !== null && <ProblemNotice error={check.error} />}
        <ModeField value={form.values.force} onChange={(force) => form.setFieldValue('force', force)} label="Mode" />
        {save.error !== null && <ProblemNotice error={save.error} />}
        <Group justify="space-between" mt="xs">
          <Button variant="default" loading={check.isPending} disabled={form.values.cedar.trim() === ''} onClick={() => check.mutate(form.values.cedar)}>Validate</Button>
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" loading={save.isPending}>Create policy</Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

function Verdict({ validation }: { readonly validation: PolicyValidation }) {
  if (validation.ok) return <Notice tone="permit">It is valid against the schema.</Notice>;
  return (
    <Notice tone="deny" title="It is not valid">
      {validation.errors.map(({ message, line, column }, index) => (
        <Text key={index} size="sm">{line ? <span className="sp-mono">{line}{column ? `:${column}` : ''} </span> : null}{message}</Text>
      ))}
    </Notice>
  );
}

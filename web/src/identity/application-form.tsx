import { Button, Group, Modal, Stack, TextInput, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { changeApplication, createApplication } from '../api/calls.ts';
import { applicationsQuery } from '../api/queries.ts';
import type { Application } from '../api/types.ts';
import { fieldErrors, ProblemNotice } from '../kit/problem.tsx';

interface ApplicationFormProps {
  readonly opened: boolean;
  /** The application to change; a new one when absent. */
  readonly application?: Application;
  readonly onClose: () => void;
  readonly onSaved: (application: Application) => void;
}

export function ApplicationForm({ opened, onClose, application, onSaved }: ApplicationFormProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={application === undefined ? 'New application' : `Change ${application.name}`}>
      <Fields {...(application === undefined ? {} : { application })} onClose={onClose} onSaved={onSaved} />
    </Modal>
  );
}

const required = (what: string) => (value: string) => (value.trim() === '' ? what : null);

function Fields({ application, onClose, onSaved }: Omit<ApplicationFormProps, 'opened'>) {
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: application?.name ?? '', owner: application?.owner ?? '', purpose: application?.purpose ?? '' },
    validate: { name: required('Name it'), owner: required('Name who answers for it'), purpose: required('Say what it is for') },
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) => (application === undefined ? createApplication(values) : changeApplication(application.id, values)),
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: applicationsQuery.queryKey });
      onClose();
      onSaved(saved);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" placeholder="Claims assistant" required maxLength={100} data-autofocus {...form.getInputProps('name')} />
        <TextInput label="Owner" description="The person or team that answers for it" placeholder="claims-platform@example.org" required maxLength={200} {...form.getInputProps('owner')} />
        <Textarea label="Purpose" description="What it does with a model, in a sentence. It stands in every record." required maxLength={500} autosize minRows={2} {...form.getInputProps('purpose')} />
        {save.error !== null && <ProblemNotice error={save.error} />}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={save.isPending}>{application === undefined ? 'Create application' : 'Save'}</Button>
        </Group>
      </Stack>
    </form>
  );
}

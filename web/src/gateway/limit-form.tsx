import { Button, Group, Modal, NumberInput, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useForm, type UseFormReturnType } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { changeLimit, createLimit } from '../api/calls.ts';
import { applicationsQuery, limitsQuery } from '../api/queries.ts';
import type { Limit } from '../api/types.ts';
import { fieldErrors, ProblemNotice } from '../kit/problem.tsx';
import { amountOf, unitsOf } from './limit-words.ts';
import { upstreamNameProblem } from './upstream-address.ts';

interface LimitFormProps {
  readonly opened: boolean;
  /** The limit to change; a new one when absent. */
  readonly limit: Limit | undefined;
  readonly onClose: () => void;
}

export function LimitForm({ opened, limit, onClose }: LimitFormProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={limit === undefined ? 'Add limit' : `Change ${limit.name}`}>
      <Fields limit={limit} onClose={onClose} />
    </Modal>
  );
}

const MEASURES: readonly { readonly value: Limit['measure']; readonly label: string }[] = [
  { value: 'requests', label: 'Requests' }, { value: 'tokens', label: 'Tokens' }, { value: 'money', label: 'Money' }, { value: 'concurrency', label: 'Calls at a time' },
];
const PERIODS: readonly { readonly value: NonNullable<Limit['period']>; readonly label: string }[] = [
  { value: 'second', label: 'Second' }, { value: 'minute', label: 'Minute' }, { value: 'hour', label: 'Hour' }, { value: 'day', label: 'Day (budget)' }, { value: 'month', label: 'Month (budget)' },
];
const SCOPES = [{ value: 'installation', label: 'All callers together' }, { value: 'application', label: 'Each application by itself' }, { value: 'key', label: 'Each key by itself' }];

interface Values {
  readonly name: string;
  /** A scope, or the id of an application. */
  readonly binds: string;
  readonly measure: Limit['measure'];
  readonly amount: number | string;
  readonly period: NonNullable<Limit['period']>;
  readonly currency: string;
  readonly allowUnknown: boolean;
}

const EMPTY: Values = { name: '', binds: 'installation', measure: 'requests', amount: '', period: 'minute', currency: 'USD', allowUnknown: false };

function Fields({ limit, onClose }: Omit<LimitFormProps, 'opened'>) {
  const client = useQueryClient();
  const form = useForm<Values>({
    initialValues: limit === undefined ? EMPTY : { ...EMPTY, name: limit.name, measure: limit.measure, amount: amountOf(limit), period: limit.period ?? 'minute' },
    validateInputOnBlur: true,
    validate: {
      name: upstreamNameProblem,
      amount: (amount, { measure }) => (unitsOf(amount, measure) === undefined ? 'Give a number above 0, whole except for money' : null),
      period: (period, { measure }) => (measure === 'money' && period !== 'day' && period !== 'month' ? 'Money is limited by day or month' : null),
      currency: (currency, { measure }) => (measure === 'money' && !/^[A-Z]{3}$/.test(currency) ? 'Three capital letters, such as USD' : null),
    },
  });
  const save = useMutation({
    mutationFn: (values: Values) => {
      const amount = unitsOf(values.amount, values.measure) ?? 0;
      return limit === undefined ? createLimit({ ...settingsOf(values), name: values.name.trim(), amount }) : changeLimit(limit.id, amount);
    },
    onSuccess: async ({ name }) => {
      onClose();
      notifications.show({ message: `${name} is saved. Gateways keep to it within two seconds.` });
      await client.invalidateQueries({ queryKey: limitsQuery.queryKey });
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const { measure } = form.values;
  const isNew = limit === undefined;
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" description="Lower-case letters, digits and hyphens; callers read it when they are refused" required maxLength={63} disabled={!isNew} data-autofocus={isNew} {...form.getInputProps('name')} />
        {isNew && <Choices form={form} />}
        <NumberInput label="Allows" required min={0} decimalScale={measure === 'money' ? 6 : 0} thousandSeparator="," data-autofocus={!isNew} {...form.getInputProps('amount')} />
        {save.error !== null && <ProblemNotice error={save.error} />}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={save.isPending}>{isNew ? 'Add limit' : 'Save'}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What cannot be changed later: a limit that counts something else is another limit. */
function Choices({ form }: { readonly form: UseFormReturnType<Values> }) {
  const applications = useQuery(applicationsQuery).data?.items ?? [];
  const { measure } = form.values;
  return (
    <>
      <Select label="Binds" data={[...SCOPES, ...applications.map(({ id, name }) => ({ value: id, label: `The application ${name}` }))]} allowDeselect={false} {...form.getInputProps('binds')} />
      <Select label="Counts" data={MEASURES} allowDeselect={false} {...form.getInputProps('measure')} />
      {measure !== 'concurrency' && <Select label="In a" data={PERIODS} allowDeselect={false} {...form.getInputProps('period')} />}
      {measure === 'money' && <TextInput label="Currency" maxLength={3} required {...form.getInputProps('currency')} />}
      {measure === 'money' && (
        <Switch label="Let models pass whose price is not known" description="Off: they are refused, because nobody could say what they cost." {...form.getInputProps('allowUnknown', { type: 'checkbox' })} />
      )}
    </>
  );
}

function settingsOf({ binds, measure, period, currency, allowUnknown }: Values) {
  const isOne = binds.startsWith('app_');
  return {
    scope: isOne ? ('application' as const) : (binds as Limit['scope']),
    subject: isOne ? binds : null,
    measure,
    period: measure === 'concurrency' ? null : period,
    currency: measure === 'money' ? currency : null,
    unknownPrice: allowUnknown ? ('allow' as const) : ('refuse' as const),
  };
}

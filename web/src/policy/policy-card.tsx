import { Button, Collapse, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconChevronDown, IconChevronRight, IconEye, IconShieldCheck, IconShieldHalf, type Icon } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { changePolicy, removePolicy } from '../api/calls.ts';
import { policiesQuery } from '../api/queries.ts';
import type { Policy, PolicyMode } from '../api/types.ts';
import { useMayChange } from '../identity/use-may-change.ts';
import { StateBadge, type Tone } from '../kit/badges.tsx';
import { ConfirmModal } from '../kit/confirm-modal.tsx';
import { CodeBlock } from '../kit/copy-field.tsx';
import { Panel } from '../kit/panel.tsx';
import { ProblemNotice } from '../kit/problem.tsx';
import { TimeAgo } from '../kit/time-ago.tsx';
import { ModeField, type ModeValue } from './mode-field.tsx';
import { loosens } from './policy-modes.ts';

const LOOKS: Readonly<Record<PolicyMode, { readonly tone: Tone; readonly word: string; readonly icon: Icon }>> = {
  observe: { tone: 'neutral', word: 'Observing', icon: IconEye },
  share: { tone: 'hold', word: 'Share', icon: IconShieldHalf },
  enforce: { tone: 'permit', word: 'Enforced', icon: IconShieldCheck },
};

export function PolicyCard({ policy }: { readonly policy: Policy }) {
  const [sourceShown, source] = useDisclosure(false);
  const sourceId = useId();
  const look = LOOKS[policy.mode];
  const mayChange = useMayChange();
  return (
    <Panel
      title={policy.name}
      note={<>{policy.builtIn ? 'Built in' : 'Own'} · changed <TimeAgo at={policy.updatedAt} /></>}
      actions={<StateBadge {...look} word={policy.mode === 'share' ? `Enforced on ${policy.sharePercent} %` : look.word} />}
    >
      {policy.description && <Text size="sm" mb="sm" maw="80ch">{policy.description}</Text>}
      {mayChange && <ModeEditor key={`${policy.mode} ${policy.sharePercent}`} policy={policy} />}
      <Group justify="space-between" mt="md">
        <Button size="compact-sm" variant="subtle" color="gray" onClick={source.toggle} aria-expanded={sourceShown} aria-controls={sourceId}
          leftSection={sourceShown ? <IconChevronDown size={15} aria-hidden /> : <IconChevronRight size={15} aria-hidden />}>Cedar source</Button>
        {!policy.builtIn && mayChange && <RemovePolicy policy={policy} />}
      </Group>
      <Collapse expanded={sourceShown} id={sourceId}><CodeBlock code={policy.cedar} label={`Cedar source of ${policy.name}`} /></Collapse>
    </Panel>
  );
}

/** Chooses a mode and applies it by a button; a loosening is asked about. */
function ModeEditor({ policy }: { readonly policy: Policy }) {
  const stored: ModeValue = { mode: policy.mode, sharePercent: policy.sharePercent };
  // A policy that was never shared begins with a small share, not with all or none.
  const [value, setValue] = useState<ModeValue>({ ...stored, sharePercent: stored.mode === 'share' ? stored.sharePercent : 10 });
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  const changed = value.mode !== stored.mode || (value.mode === 'share' && value.sharePercent !== stored.sharePercent);
  const change = () => changePolicy(policy.id, value.mode === 'share' ? value : { mode: value.mode });
  const onChanged = async (): Promise<void> => {
    ask.close();
    notifications.show({ message: `${policy.name}: connected gateways follow within two seconds.` });
    await client.invalidateQueries({ queryKey: policiesQuery.queryKey });
  };
  const apply = useMutation({ mutationFn: change, onSuccess: onChanged });
  return (
    <>
      <ModeField value={value} onChange={setValue} label={`Mode of ${policy.name}`} />
      {changed && (
        <Group gap="xs" mt="sm">
          <Button size="xs" loading={apply.isPending} onClick={() => (loosens(stored, value) ? ask.open() : apply.mutate())}>Apply</Button>
          <Button size="xs" variant="default" onClick={() => setValue(stored)}>Leave as it is</Button>
        </Group>
      )}
      {apply.error !== null && <ProblemNotice error={apply.error} />}
      <ConfirmModal opened={asking} title={`Loosen ${policy.name}?`} verb="Loosen" onClose={ask.close} act={change} onDone={() => void onChanged()}>
        <Text size="sm">Calls that this policy changes or refuses today will pass unchanged, wholly or in part. The change is recorded with your name.</Text>
      </ConfirmModal>
    </>
  );
}

function RemovePolicy({ policy }: { readonly policy: Policy }) {
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  return (
    <>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={ask.open} aria-label={`Remove policy ${policy.name}`}>Remove</Button>
      <ConfirmModal opened={asking} title={`Remove ${policy.name}?`} verb="Remove policy" onClose={ask.close} act={() => removePolicy(policy.id)}
        onDone={() => { ask.close(); void client.invalidateQueries({ queryKey: policiesQuery.queryKey }); }}>
        <Text size="sm">It stops deciding at once. Records that name it stay.</Text>
      </ConfirmModal>
    </>
  );
}

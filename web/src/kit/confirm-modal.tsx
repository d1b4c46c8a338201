import { Button, Group, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemNotice } from './problem.tsx';

interface ConfirmModalProps {
  readonly opened: boolean;
  readonly title: string;
  /** The verb on the button: `Revoke key`. */
  readonly verb: string;
  readonly children: ReactNode;
  readonly act: () => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone. Focus starts on the harmless button. */
export function ConfirmModal({ opened, title, verb, children, act, onDone, onClose }: ConfirmModalProps) {
  const action = useMutation({ mutationFn: act, onSuccess: onDone });
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      {children}
      {action.error !== null && <ProblemNotice error={action.error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>Cancel</Button>
        <Button color="red.9" loading={action.isPending} onClick={() => action.mutate()}>{verb}</Button>
      </Group>
    </Modal>
  );
}

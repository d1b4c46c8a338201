import { Button, Group, Modal, Stack } from '@mantine/core';
import type { CreatedKey } from '../api/types.ts';
import { FirstCall } from '../gateway/first-call.tsx';
import { CopyField } from '../kit/copy-field.tsx';
import { Notice } from '../kit/notice.tsx';

/** Shows a new key, once, with calls that are ready to paste. */
export function KeySecretDialog({ created, onClose }: { readonly created: CreatedKey | undefined; readonly onClose: () => void }) {
  return (
    // Only the button closes it: a slip of the mouse must not lose the key.
    <Modal opened={created !== undefined} onClose={onClose} title={created === undefined ? '' : `Key for ${created.applicationName}`} size="lg" closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
      {created !== undefined && (
        <Stack gap="md">
          <Notice tone="hold" title="Copy it now: it is shown once">
            Sallyport keeps only a hash of it. If it is lost, create another and revoke this one.
          </Notice>
          <CopyField label="Key" value={created.secret} />
          <FirstCall apiKey={created.secret} />
          <Group justify="flex-end"><Button onClick={onClose}>I have stored it</Button></Group>
        </Stack>
      )}
    </Modal>
  );
}

import { Group, SegmentedControl, Slider, Text } from '@mantine/core';
import type { PolicyMode } from '../api/types.ts';
import { explainMode, MODES } from './policy-modes.ts';

export interface ModeValue {
  readonly mode: PolicyMode;
  readonly sharePercent: number;
}

/** Chooses how far a policy is in force, and says what that means. */
export function ModeField({ value, onChange, label }: { readonly value: ModeValue; readonly onChange: (value: ModeValue) => void; readonly label: string }) {
  return (
    <div role="group" aria-label={label}>
      <Group gap="lg" align="center">
        <SegmentedControl size="xs" data={[...MODES]} value={value.mode} aria-label={label} onChange={(mode) => onChange({ ...value, mode: mode as PolicyMode })} />
        {value.mode === 'share' && (
          <Group gap="xs" wrap="nowrap">
            <Slider w={200} size="sm" min={1} max={99} value={value.sharePercent} label={null} thumbLabel="Share of calls in percent" onChange={(sharePercent) => onChange({ ...value, sharePercent })} />
            <Text size="sm" w={44} ta="right">{value.sharePercent} %</Text>
          </Group>
        )}
      </Group>
      <Text size="sm" c="dimmed" mt={6}>{explainMode(value.mode, value.sharePercent)}</Text>
    </div>
  );
}

import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import classes from './kit.module.css';

/** Copies a value; says so in words for a moment. */
export function CopyAction({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : label}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
            {copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** A value on one line with a button that copies it. */
export function CopyField({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <div className={classes.fieldLabel}>{label}</div>
      <div className={classes.copyField}>
        <code tabIndex={0} aria-label={label}>{value}</code>
        <CopyAction value={value} label={`Copy ${label.toLowerCase()}`} />
      </div>
    </div>
  );
}

/** Several lines of code with a button that copies them. */
export function CodeBlock({ code, label }: { readonly code: string; readonly label: string }) {
  return (
    <div className={classes.codeBlock}>
      <pre tabIndex={0} aria-label={label}>{code}</pre>
      <CopyAction value={code} label={`Copy ${label}`} />
    </div>
  );
}

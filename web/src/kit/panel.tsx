import { Group, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import classes from './kit.module.css';

interface PanelProps {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly note?: ReactNode;
  /** Content reaches the edges: tables. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A named region of a page. */
export function Panel({ title, actions, note, flush = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <Group justify="space-between" className={classes.panelHead} wrap="nowrap">
        <div>
          <Title order={2} size="h3" id={id}>{title}</Title>
          {note !== undefined && <div className={classes.note}>{note}</div>}
        </div>
        {actions}
      </Group>
      <div className={flush ? classes.panelFlush : classes.panelBody}>{children}</div>
    </section>
  );
}

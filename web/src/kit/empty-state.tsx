import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './kit.module.css';

/** Says why there is nothing here and what to do next. */
export function EmptyState({ title, children, action }: { readonly title: string; readonly children?: ReactNode; readonly action?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <Title order={3} size="h2">{title}</Title>
      {children !== undefined && <div className={classes.emptyText}>{children}</div>}
      {action}
    </div>
  );
}

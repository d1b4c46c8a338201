import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { IconExternalLink, IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import classes from './evidence.module.css';
import { ExchangeView } from './exchange-view.tsx';

/** One exchange beside the list; over it where there is little room. */
export function ExchangePanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Once, on opening: walking on with j and k keeps focus in the list.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <aside className={classes.detail} aria-label="Exchange">
      <Group justify="space-between" className={classes.detailHead} wrap="nowrap">
        <h2 ref={heading} tabIndex={-1}>Exchange</h2>
        <Group gap={4} wrap="nowrap">
          <Tooltip label="Open as a page"><ActionIcon variant="subtle" color="gray" aria-label="Open as a page" renderRoot={(props) => <Link {...props} to="/traffic/$exchangeId" params={{ exchangeId: id }} />}><IconExternalLink size={17} aria-hidden /></ActionIcon></Tooltip>
          <Tooltip label="Close (Esc)"><ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={onClose}><IconX size={17} aria-hidden /></ActionIcon></Tooltip>
        </Group>
      </Group>
      <div className={classes.detailBody}><ExchangeView id={id} /></div>
    </aside>
  );
}

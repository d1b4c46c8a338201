import { Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { applicationsQuery, upstreamsQuery } from '../api/queries.ts';
import { findTargets, type JumpTarget } from './jump-targets.ts';
import { DESTINATIONS } from './navigation.ts';
import classes from './shell.module.css';

const PAGES: readonly JumpTarget[] = DESTINATIONS.map(({ label, to }) => ({ label, kind: 'Page', href: to }));

/** Goes to a page, an application, an upstream, or an exchange by its id. A combobox as in WAI-ARIA 1.2. */
export function JumpDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Go to" withCloseButton={false} yOffset="12vh" centered={false}>
      <div className={classes.jumpBody}><JumpList onDone={onClose} /></div>
    </Modal>
  );
}

function JumpList({ onDone }: { readonly onDone: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const targets = findTargets(text, useKnownTargets());
  const active = Math.min(chosen, targets.length - 1);
  const go = (target: JumpTarget | undefined): void => {
    if (target === undefined) return;
    onDone();
    void navigate({ href: target.href });
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const move = moves[event.key];
    if (event.key === 'Enter') go(targets[active]);
    else if (move !== undefined) setChosen((active + move + targets.length) % Math.max(targets.length, 1));
    else return;
    event.preventDefault();
  };
  return (
    <>
      <TextInput aria-label="Go to" placeholder="A page, an application, or exc_…" value={text} data-autofocus role="combobox" aria-expanded aria-controls="jump-list"
        aria-activedescendant={targets.length > 0 ? `jump-${active}` : undefined}
        onKeyDown={onKeyDown} onChange={(event) => { setText(event.currentTarget.value); setChosen(0); }} />
      <ul id="jump-list" role="listbox" aria-label="Targets" className={classes.jumpList}>
        {targets.map((target, index) => (
          <li key={target.href} id={`jump-${index}`} role="option" aria-selected={index === active} className={classes.jumpItem} onMouseEnter={() => setChosen(index)} onClick={() => go(target)}>
            {target.label}<span className={classes.jumpKind}>{target.kind}</span>
          </li>
        ))}
      </ul>
      {targets.length === 0 && <p className="sp-dim" role="status">Nothing by that name.</p>}
    </>
  );
}

function useKnownTargets(): readonly JumpTarget[] {
  const applications = useQuery(applicationsQuery).data?.items ?? [];
  const upstreams = useQuery(upstreamsQuery).data?.items ?? [];
  return [
    ...PAGES,
    ...applications.map(({ id, name }): JumpTarget => ({ label: name, kind: 'Application', href: `/applications/${encodeURIComponent(id)}` })),
    ...upstreams.map(({ name }): JumpTarget => ({ label: name, kind: 'Upstream', href: `/traffic?${new URLSearchParams({ upstream: name }).toString()}` })),
  ];
}

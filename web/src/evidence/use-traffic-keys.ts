import { useEffect, useRef, type RefObject } from 'react';
import { ignoresShortcuts } from '../shell/shortcut-target.ts';

interface TrafficKeys {
  readonly list: RefObject<HTMLElement | null>;
  readonly opened: string | undefined;
  readonly open: (exchange: string) => void;
  readonly close: () => void;
  readonly togglePause: () => void;
}

/** `j` and `k` walk the rows (and take an open detail along), Escape closes it, `.` pauses. Enter is the row's own link. */
export function useTrafficKeys(keys: TrafficKeys): void {
  const latest = useRef(keys);
  useEffect(() => { latest.current = keys; });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (ignoresShortcuts(event)) return;
      const act = ACTIONS[event.key];
      if (act === undefined) return;
      act(latest.current);
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

const ACTIONS: Readonly<Record<string, (keys: TrafficKeys) => void>> = {
  j: (keys) => walk(keys, 1),
  k: (keys) => walk(keys, -1),
  '.': (keys) => keys.togglePause(),
  Escape: (keys) => { if (keys.opened !== undefined) keys.close(); },
};

function walk({ list, opened, open }: TrafficKeys, step: 1 | -1): void {
  const links = [...(list.current?.querySelectorAll<HTMLElement>('[data-exchange]') ?? [])];
  const focused = links.findIndex((link) => link === document.activeElement);
  const current = focused >= 0 ? focused : links.findIndex((link) => link.dataset['exchange'] === opened);
  const target = links[current < 0 ? 0 : Math.min(Math.max(current + step, 0), links.length - 1)];
  if (target === undefined) return;
  target.focus();
  target.scrollIntoView({ block: 'nearest' });
  if (opened !== undefined && target.dataset['exchange'] !== undefined) open(target.dataset['exchange']);
}

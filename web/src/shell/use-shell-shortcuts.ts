import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { DESTINATIONS } from './navigation.ts';
import { ignoresShortcuts } from './shortcut-target.ts';

const SEQUENCE_MS = 1200;

/** `/`, Ctrl-K and `?` anywhere; `g` and then a letter goes to a page. */
export function useShellShortcuts({ openJump, openHelp }: { readonly openJump: () => void; readonly openHelp: () => void }): void {
  const navigate = useNavigate();
  const wentAt = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const jumps = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
      if (jumps) {
        event.preventDefault();
        openJump();
        return;
      }
      if (ignoresShortcuts(event)) return;
      const destination = event.timeStamp - wentAt.current < SEQUENCE_MS ? DESTINATIONS.find(({ key }) => key === event.key) : undefined;
      wentAt.current = event.key === 'g' ? event.timeStamp : 0;
      if (destination !== undefined) void navigate({ to: destination.to });
      else if (event.key === '?') openHelp();
      else if (event.key === '/') openJump();
      else return;
      event.preventDefault();
      // A page's own single keys must not see the second key of a sequence.
      event.stopImmediatePropagation();
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [navigate, openJump, openHelp]);
}

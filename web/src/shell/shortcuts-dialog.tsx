import { Kbd, Modal } from '@mantine/core';
import { Fragment } from 'react';
import { DESTINATIONS } from './navigation.ts';
import classes from './shell.module.css';

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['/'], 'Go to a page, an application or an exchange (also Ctrl K)'],
  ...DESTINATIONS.map(({ key, label }) => [['g', key], label] as const),
  [['j', 'k'], 'Traffic: next and previous exchange'],
  [['Enter'], 'Traffic: open the exchange'],
  [['Esc'], 'Close what is open'],
  [['.'], 'Traffic: pause or go on'],
  [['?'], 'This list'],
];

export function ShortcutsDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts">
      <table className={classes.keys}>
        <tbody>
          {SHORTCUTS.map(([keys, what]) => (
            <tr key={what}>
              <td>{keys.map((key) => <Fragment key={key}><Kbd>{key}</Kbd> </Fragment>)}</td>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}

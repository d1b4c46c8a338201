import type { ReactNode } from 'react';
import classes from './kit.module.css';

export type Fact = readonly [name: string, value: ReactNode];

/** Names and values side by side, as a description list. */
export function Facts({ items, dense = false }: { readonly items: readonly Fact[]; readonly dense?: boolean }) {
  return (
    <dl className={dense ? classes.factsDense : classes.facts}>
      {items.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

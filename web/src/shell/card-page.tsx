import type { ReactNode } from 'react';
import classes from './shell.module.css';

/** The frame of pages before the sign-in. */
export function CardPage({ children }: { readonly children: ReactNode }) {
  return (
    <main className={classes.centred}>
      <div className={classes.card}>
        <div className={classes.cardBrand}><img src="/favicon.svg" alt="" width={26} height={26} />Sallyport</div>
        {children}
      </div>
    </main>
  );
}

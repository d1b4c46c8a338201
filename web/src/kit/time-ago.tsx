import { useEffect, useState } from 'react';
import { formatAge, formatFull } from './format.ts';

const REFRESH_MS = 10_000;

/** How long ago, kept current; the exact time on hover and for machines. */
export function TimeAgo({ at, absent = 'never' }: { readonly at: string | null | undefined; readonly absent?: string }) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <span>{absent}</span>;
  // What happened after the last tick is not in the future.
  const reference = new Date(Math.max(now.getTime(), Date.now()));
  return <time className="sp-nowrap" dateTime={at} title={formatFull(at)}>{formatAge(at, reference)}</time>;
}

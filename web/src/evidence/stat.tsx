import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TrafficSearch } from './traffic-search.ts';
import classes from './evidence.module.css';

interface StatProps {
  readonly label: string;
  readonly value: string | undefined;
  /** What the number is a part of, in words: `of 1,204 calls`. */
  readonly of: string;
  /** The traffic that the number was counted from. */
  readonly search: TrafficSearch;
}

/** One number with its denominator, linked to what it was counted from. */
export function Stat({ label, value, of, search }: StatProps) {
  return (
    <Link to="/traffic" search={search} className={classes.stat}>
      <span className={classes.statLabel}>{label}</span>
      {value === undefined ? <Skeleton height={26} width={72} my={4} /> : <span className={classes.statValue}>{value}</span>}
      <span className={classes.statOf}>{value === undefined ? ' ' : of}</span>
    </Link>
  );
}

export interface Sort {
  readonly key: string;
  readonly descending: boolean;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** A sorted copy; rows that compare equal keep their order in both directions. */
export function sortRows<Row>(rows: readonly Row[], sortBy: (row: Row) => string | number, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((left, right) => sign * compare(sortBy(left), sortBy(right)));
}

function compare(left: string | number, right: string | number): number {
  return typeof left === 'number' && typeof right === 'number' ? left - right : collator.compare(String(left), String(right));
}

import { Skeleton, Table, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import classes from './kit.module.css';
import { sortRows, type Sort } from './sort-rows.ts';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable. */
  readonly sortBy?: (row: Row) => string | number;
  readonly numeric?: boolean;
  /** The title is for screen readers only: columns of actions. */
  readonly hiddenTitle?: boolean;
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  /** Absent while loading. */
  readonly rows: readonly Row[] | undefined;
  readonly rowKey: (row: Row) => string;
}

/** A table of a few hundred rows at most, sorted in the browser. */
export function DataTable<Row>({ caption, columns, rows, rowKey }: DataTableProps<Row>) {
  const [sort, setSort] = useState<Sort | undefined>();
  const sortBy = columns.find((column) => column.key === sort?.key)?.sortBy;
  const shown = rows === undefined || sortBy === undefined || sort === undefined ? rows : sortRows(rows, sortBy, sort.descending);
  return (
    <Table.ScrollContainer minWidth={680} type="native">
      <Table className={classes.table} highlightOnHover aria-busy={rows === undefined}>
        <caption className={classes.hiddenCaption}>{caption}</caption>
        <Table.Thead>
          <Table.Tr>{columns.map((column) => <HeadCell key={column.key} column={column} sort={sort} onSort={setSort} />)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown === undefined
            ? [0, 1, 2].map((line) => <Table.Tr key={line}>{columns.map((column) => <Table.Td key={column.key}><Skeleton height={14} /></Table.Td>)}</Table.Tr>)
            : shown.map((row) => (
              <Table.Tr key={rowKey(row)}>
                {columns.map((column) => <Table.Td key={column.key} data-numeric={column.numeric}>{column.cell(row)}</Table.Td>)}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface HeadCellProps<Row> {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: (sort: Sort) => void;
}

function HeadCell<Row>({ column, sort, onSort }: HeadCellProps<Row>) {
  const active = sort?.key === column.key;
  const order = active ? (sort.descending ? 'descending' : 'ascending') : 'none';
  const title = column.hiddenTitle === true ? <VisuallyHidden>{column.title}</VisuallyHidden> : column.title;
  if (column.sortBy === undefined) return <Table.Th scope="col" data-numeric={column.numeric}>{title}</Table.Th>;
  return (
    <Table.Th scope="col" aria-sort={order} data-numeric={column.numeric}>
      <UnstyledButton className={classes.sortButton} onClick={() => onSort({ key: column.key, descending: active && !sort.descending })}>
        {title}
        {active && (sort.descending ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />)}
      </UnstyledButton>
    </Table.Th>
  );
}

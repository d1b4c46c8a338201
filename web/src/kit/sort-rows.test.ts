import { expect, it } from 'vitest';
import { sortRows } from './sort-rows.ts';

const rows = [{ name: 'app10', calls: 3 }, { name: 'App2', calls: 12 }, { name: 'app1', calls: 3 }];

it('sorts words as people count and leaves the rows alone', () => {
  expect(sortRows(rows, (row) => row.name, false).map((row) => row.name)).toEqual(['app1', 'App2', 'app10']);
  expect(rows[0]?.name).toBe('app10');
});

it('sorts numbers as numbers and keeps the order of equals', () => {
  expect(sortRows(rows, (row) => row.calls, true).map((row) => row.name)).toEqual(['App2', 'app10', 'app1']);
  expect(sortRows(rows, (row) => row.calls, false).map((row) => row.name)).toEqual(['app10', 'app1', 'App2']);
});

import { expect, it } from 'vitest';
import { findTargets, type JumpTarget } from './jump-targets.ts';

const known: readonly JumpTarget[] = [
  { label: 'Traffic', kind: 'Page', href: '/traffic' },
  { label: 'Claims assistant', kind: 'Application', href: '/applications/app_1' },
];

it('offers everything for an empty text and narrows by words in any order', () => {
  expect(findTargets('  ', known)).toEqual(known);
  expect(findTargets('assist CLAIMS', known).map((target) => target.label)).toEqual(['Claims assistant']);
  expect(findTargets('nothing', known)).toEqual([]);
});

it('leads from an exchange id to the exchange, and from nothing that only looks like one', () => {
  expect(findTargets(' exc_019a0000-1111-7222-8333-444455556666 ', known)[0]?.href).toBe('/traffic/exc_019a0000-1111-7222-8333-444455556666');
  expect(findTargets('exc_../../sign-out', known)).toEqual([]);
});

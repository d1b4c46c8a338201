import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBreaches } from './check-architecture.ts';
import { readImports } from './read-imports.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the house', () => {
  it('holds its rules in every file', () => {
    const files = readImports(join(root, 'src'));
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(50);
    expect(findBreaches(files)).toEqual([]);
  });

  it('names each planted breach', () => {
    const breaches = findBreaches(readImports(join(import.meta.dirname, 'fixtures'))).join('\n');
    for (const expected of [
      'identity may not import gateway',
      'a relative import may not leave its module (../gateway/store.ts)',
      'shapes.ts holds types only',
      'identity/deep.ts is not a front door of identity',
      'the data plane may not load gateway/store.ts',
      'the data plane may not load kysely',
      'response/index.ts: stands in no room of the house',
      'cycle: ',
    ]) expect(breaches).toContain(expected);
  });
});

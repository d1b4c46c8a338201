import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeApi } from '../src/control-app.ts';

it('docs/openapi.json is what the routes say (else: npm run openapi)', async () => {
  const committed = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'docs', 'openapi.json'), 'utf8')) as { paths: object };
  expect(Object.keys(committed.paths).length).toBeGreaterThan(15);
  expect(committed).toEqual(await describeApi());
});

import { readFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('is what docs/openapi.json says (else: npm run types -w web)', async () => {
  const expected = astToString(await openapiTS(new URL('../../../docs/openapi.json', import.meta.url)));
  const written = readFileSync(new URL('./schema.gen.ts', import.meta.url), 'utf8');
  expect(expected.length).toBeGreaterThan(10_000);
  expect(written.endsWith(expected)).toBe(true);
});

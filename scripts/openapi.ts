// Writes docs/openapi.json from the route table. With --check, fails when the file is not what would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeApi } from '../src/control-app.ts';

const path = join(import.meta.dirname, '..', 'docs', 'openapi.json');
const text = `${JSON.stringify(await describeApi(), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(path, text);
} else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write('docs/openapi.json is not what the routes say. Run: npm run openapi\n');
  process.exitCode = 1;
}

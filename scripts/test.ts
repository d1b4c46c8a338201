/**
 * `npm test`: types, lint, unused code, tests. `npm test -- PATH…` runs only the tests that match.
 * Ends with exit code 0 only when every step passed; a failing step does not hide the ones after it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface Step { readonly name: string; readonly command: readonly string[] }

const long = process.argv.includes('--long');
const filters = process.argv.slice(2).filter((argument) => argument !== '--long');
const bin = (name: string) => `node_modules/.bin/${name}`;
const tests: Step = { name: 'tests', command: [bin('vitest'), 'run', ...(long ? ['--config', 'vitest.long.config.ts'] : []), ...filters] };

const rounds: Step[][] = filters.length > 0 || long
  ? [[tests]]
  : [
      [{ name: 'types', command: [bin('tsc'), '-p', '.'] }, { name: 'types of the console', command: [bin('tsc'), '-p', 'web'] }],
      [{ name: 'lint', command: [bin('eslint'), '.', '--max-warnings', '0'] }, { name: 'unused code', command: [bin('knip')] }],
      [tests],
    ];

const failed: string[] = [];
for (const round of rounds) {
  const results = await Promise.all(round.map(runStep));
  failed.push(...results.filter((result) => !result.passed).map((result) => result.name));
}
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`);
  process.exit(1);
}

async function runStep(step: Step): Promise<{ name: string; passed: boolean }> {
  const started = performance.now();
  const [command = '', ...args] = step.command;
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)`);
  return { name: step.name, passed: code === 0 };
}

/** `npm run bench NAME [-- options]`: runs bench/NAME.ts. The last line on standard output is its JSON result. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface BenchResult {
  readonly bench: string;
  /** Name with its unit → number; described in bench/README.md. */
  readonly figures: Readonly<Record<string, number>>;
}

const [name, ...options] = process.argv.slice(2);
const file = join(import.meta.dirname, `${name}.ts`);
if (name === undefined || !/^[a-z][a-z-]*$/.test(name) || name === 'run' || !existsSync(file)) {
  const names = readdirSync(import.meta.dirname).filter((entry) => entry.endsWith('.ts') && entry !== 'run.ts').map((entry) => entry.slice(0, -3));
  console.error(`Usage: npm run bench NAME. There is: ${names.join(', ')}`);
  process.exit(2);
}
const { bench } = (await import(file)) as { bench: (options: readonly string[]) => Promise<BenchResult> };
console.log(JSON.stringify(await bench(options)));

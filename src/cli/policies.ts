import { Argument, type Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { parseWhole, withConnection, withJson } from './options.ts';
import { printable, printJson, printTable } from './output.ts';

interface Policy {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly mode: string;
  readonly sharePercent: number;
  readonly builtIn: boolean;
}

type Options = ConnectionOptions & { readonly json?: true };

export function registerPolicies(program: Command): void {
  const policies = program.command('policies').description('what is permitted, transformed, held or denied');

  withJson(withConnection(policies.command('list'))).description('list policies').action(list);

  withJson(withConnection(policies.command('set-mode')))
    .description('say how far a policy is in force')
    .argument('<policy>', 'its name or id')
    .addArgument(new Argument('<mode>', 'observe: recorded only; share: for a part of the exchanges; enforce: for all').choices(['observe', 'share', 'enforce']))
    .option('--percent <n>', 'share of exchanges, for mode share', (text) => parseWhole(text, { least: 0, most: 100 }))
    .addHelpText('after', '\nExample:\n  sallyport policies set-mode mask-personal-data share --percent 10')
    .action(setMode);
}

async function list(options: Options): Promise<void> {
  const { items } = await connect(options).request<{ items: Policy[] }>('GET', '/policies');
  if (options.json) return printJson({ items });
  const rows = items.map(({ name, mode, sharePercent, builtIn, description }) => [name, mode === 'share' ? `share ${sharePercent} %` : mode, builtIn ? 'built-in' : 'own', description ?? '']);
  printTable(['NAME', 'MODE', 'FROM', 'DESCRIPTION'], rows, 'No policies: nothing is permitted.');
}

async function setMode(policy: string, mode: string, options: Options & { percent?: number }): Promise<void> {
  const connection = connect(options);
  const { items } = await connection.request<{ items: Policy[] }>('GET', '/policies');
  const found = items.find(({ id, name }) => id === policy || name === policy);
  if (!found) throw new CommandFailure(`There is no policy ${JSON.stringify(policy)}. See: sallyport policies list`);
  const change = { mode, ...(options.percent === undefined ? {} : { sharePercent: options.percent }) };
  const changed = await connection.request<Policy>('PATCH', `/policies/${encodeURIComponent(found.id)}`, change);
  if (options.json) return printJson(changed);
  process.stdout.write(`${printable(changed.name)} is in mode ${changed.mode}.\n`);
}

import type { Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { withConnection, withJson } from './options.ts';
import { printJson, printTable } from './output.ts';

interface Application {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly purpose: string;
  readonly keys: { readonly active: number };
}

type Options = ConnectionOptions & { readonly json?: true };

export function registerApplications(program: Command): void {
  const applications = program.command('applications').description('the applications that call models');

  withJson(withConnection(applications.command('create')))
    .description('make an application')
    .requiredOption('--name <name>', 'what it is called')
    .requiredOption('--owner <owner>', 'who answers for it')
    .requiredOption('--purpose <purpose>', 'what it uses models for')
    .addHelpText('after', '\nExample:\n  sallyport applications create --name billing-assistant --owner finance-it --purpose "Answers questions about invoices"')
    .action(create);

  withJson(withConnection(applications.command('list'))).description('list applications').action(list);
}

async function create({ name, owner, purpose, ...options }: Options & { name: string; owner: string; purpose: string }): Promise<void> {
  const application = await connect(options).request<Application>('POST', '/applications', { name, owner, purpose });
  if (options.json) return printJson(application);
  process.stdout.write(`${application.id}\n`);
}

async function list(options: Options): Promise<void> {
  const { items } = await connect(options).request<{ items: Application[] }>('GET', '/applications');
  if (options.json) return printJson({ items });
  const rows = items.map(({ id, name, owner, purpose, keys }) => [id, name, owner, String(keys.active), purpose]);
  printTable(['ID', 'NAME', 'OWNER', 'KEYS', 'PURPOSE'], rows, 'No applications yet. Make one with its first key: sallyport keys create --application NAME');
}

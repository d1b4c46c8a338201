import type { Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { withConnection, withJson } from './options.ts';
import { printable, printJson, printTable } from './output.ts';

interface Key {
  readonly id: string;
  readonly name: string;
  readonly applicationName: string;
  readonly lastFour: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt?: string;
}

type Options = ConnectionOptions & { readonly json?: true };

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('virtual keys, by which applications call models');

  withJson(withConnection(keys.command('create')))
    .description('make a key; it is printed once')
    .requiredOption('--application <name>', 'name or id of the application; made when there is none of this name')
    .option('--name <name>', 'what the key is called', 'default')
    .option('--expires-at <time>', 'when it stops working, ISO 8601, such as 2027-01-31T00:00:00Z')
    .addHelpText('after', '\nExample:\n  sallyport keys create --application billing-assistant --json')
    .action(create);

  withJson(withConnection(keys.command('list')))
    .description('list keys')
    .option('--application <id>', 'those of one application')
    .action(list);

  withJson(withConnection(keys.command('revoke')))
    .description('revoke a key for good; connected gateways refuse it within two seconds')
    .argument('<id>', 'the key’s id, key_…')
    .action(revoke);
}

async function create(options: Options & { application: string; name: string; expiresAt?: string }): Promise<void> {
  const body = { application: options.application, name: options.name, createApplication: true, ...(options.expiresAt === undefined ? {} : { expiresAt: options.expiresAt }) };
  const key = await connect(options).request<Key & { secret: string }>('POST', '/keys', body);
  if (options.json) return printJson({ ...key, key: key.secret });
  process.stdout.write(`${key.secret}\n`);
  process.stderr.write(`Key ${key.id} of ${printable(key.applicationName)}. It is shown this once: keep it now.\n`);
}

async function list(options: Options & { application?: string }): Promise<void> {
  const query = options.application === undefined ? '' : `?application=${encodeURIComponent(options.application)}`;
  const { items } = await connect(options).request<{ items: Key[] }>('GET', `/keys${query}`);
  if (options.json) return printJson({ items });
  const rows = items.map((key) => [key.id, key.name, key.applicationName, `…${key.lastFour}`, stateOf(key), key.lastUsedAt ?? 'never']);
  printTable(['ID', 'NAME', 'APPLICATION', 'KEY', 'STATE', 'LAST USED'], rows, 'No keys yet. Make one: sallyport keys create --application NAME');
}

async function revoke(id: string, options: Options): Promise<void> {
  const key = await connect(options).request<Key>('POST', `/keys/${encodeURIComponent(id)}/revoke`);
  if (options.json) return printJson(key);
  process.stdout.write(`Revoked ${key.id} of ${printable(key.applicationName)}.\n`);
}

function stateOf({ revokedAt, expiresAt }: Key): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt === null) return 'active';
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : `until ${expiresAt}`;
}

import { InvalidArgumentError, Option, type Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { misuse } from './failure.ts';
import { withConnection, withJson } from './options.ts';
import { printable, printJson, printTable } from './output.ts';

interface Limit {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly subject: string | null;
  readonly measure: string;
  readonly amount: number;
  readonly period: string | null;
  readonly currency: string | null;
  readonly spending: readonly { readonly subject: string | null; readonly spent: number }[];
}

type Options = ConnectionOptions & { readonly json?: true };

const MICRO = 1_000_000;
const PERIODS = ['second', 'minute', 'hour', 'day', 'month'];

export function registerLimits(program: Command): void {
  const limits = program.command('limits').description('what callers may use: requests, tokens, money, calls at a time');

  withJson(withConnection(limits.command('add')))
    .description('add a limit; by day and month it is a budget')
    .argument('<name>', 'lower-case letters, digits and hyphens')
    .addOption(new Option('--measure <measure>', 'what is counted').choices(['requests', 'tokens', 'money', 'concurrency']).makeOptionMandatory())
    .requiredOption('--amount <number>', 'how much is allowed; money in units of the currency, such as 12.50', parseAmount)
    .addOption(new Option('--per <period>', 'period, UTC; not for concurrency').choices(PERIODS))
    .option('--currency <code>', 'of a limit of money, ISO 4217', 'USD')
    .option('--key <id>', 'binds one key, key_…')
    .option('--application <id>', 'binds one application, app_…')
    .addOption(new Option('--each <scope>', 'binds each key, or each application, by itself').choices(['key', 'application']))
    .option('--allow-unknown-price', 'lets models pass whose price is not known; else a limit of money refuses them')
    .addHelpText('after', '\nWithout --key, --application and --each it binds all callers together.\n\nExamples:\n  sallyport limits add fair-use --measure requests --amount 60 --per minute --each key\n  sallyport limits add billing-budget --measure money --amount 500 --per month --application app_…')
    .action(add);

  withJson(withConnection(limits.command('list'))).description('list limits, and what is spent of budgets').action(list);

  withJson(withConnection(limits.command('change')))
    .description('change how much a limit allows')
    .argument('<name>', 'its name or id')
    .requiredOption('--amount <number>', 'how much is allowed; money in units of its currency', parseAmount)
    .action(change);

  withJson(withConnection(limits.command('remove'))).description('remove a limit').argument('<name>', 'its name or id').action(remove);
}

interface AddOptions extends Options {
  readonly measure: string;
  readonly amount: number;
  readonly per?: string;
  readonly currency: string;
  readonly key?: string;
  readonly application?: string;
  readonly each?: string;
  readonly allowUnknownPrice?: true;
}

async function add(name: string, options: AddOptions): Promise<void> {
  const isMoney = options.measure === 'money';
  const body = {
    name, ...scopeOf(options), measure: options.measure, amount: toUnits(options.amount, options.measure),
    period: options.per ?? null, currency: isMoney ? options.currency : null, unknownPrice: options.allowUnknownPrice ? 'allow' : 'refuse',
  };
  const limit = await connect(options).request<Limit>('POST', '/limits', body);
  if (options.json) return printJson(limit);
  process.stdout.write(`Added ${printable(limit.name)} (${limit.id}): ${describe(limit)}.\n`);
}

function scopeOf({ key, application, each }: AddOptions): { scope: string; subject: string | null } {
  if ([key, application, each].filter((one) => one !== undefined).length > 1) throw misuse('Give one of --key, --application and --each.');
  if (key !== undefined) return { scope: 'key', subject: key };
  if (application !== undefined) return { scope: 'application', subject: application };
  return { scope: each ?? 'installation', subject: null };
}

async function list(options: Options): Promise<void> {
  const { items } = await connect(options).request<{ items: Limit[] }>('GET', '/limits');
  if (options.json) return printJson({ items });
  const rows = items.map((limit) => [limit.name, limit.subject ?? (limit.scope === 'installation' ? 'all together' : `each ${limit.scope}`), describe(limit), spentOf(limit)]);
  printTable(['NAME', 'BINDS', 'ALLOWS', 'SPENT'], rows, 'No limits yet. Add one: sallyport limits add --help');
}

async function change(name: string, options: Options & { amount: number }): Promise<void> {
  const connection = connect(options);
  const path = `/limits/${encodeURIComponent(name)}`;
  const { measure } = await connection.request<Limit>('GET', path);
  const limit = await connection.request<Limit>('PATCH', path, { amount: toUnits(options.amount, measure) });
  if (options.json) return printJson(limit);
  process.stdout.write(`Changed ${printable(limit.name)}: ${describe(limit)}.\n`);
}

async function remove(name: string, options: Options): Promise<void> {
  await connect(options).request('DELETE', `/limits/${encodeURIComponent(name)}`);
  if (options.json) return printJson({ removed: name });
  process.stdout.write(`Removed ${printable(name)}.\n`);
}

function parseAmount(text: string): number {
  const amount = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (amount <= 0) throw new InvalidArgumentError('It must be a number above 0, with at most six decimals.');
  return amount;
}

function toUnits(amount: number, measure: string): number {
  if (measure === 'money') return Math.round(amount * MICRO);
  if (!Number.isInteger(amount)) throw misuse('--amount must be a whole number, except for money.');
  return amount;
}

const quantity = ({ measure, currency }: Limit, amount: number): string => (measure === 'money' ? `${(amount / MICRO).toFixed(2)} ${currency ?? ''}` : `${amount} ${measure}`);
const describe = (limit: Limit): string => (limit.measure === 'concurrency' ? `${limit.amount} calls at a time` : `${quantity(limit, limit.amount)} ${limit.period === 'hour' ? 'an' : 'a'} ${limit.period ?? ''}`);
const spentOf = (limit: Limit): string => (limit.period === 'day' || limit.period === 'month' ? quantity(limit, limit.spending.reduce((sum, { spent }) => sum + spent, 0)) : '-');

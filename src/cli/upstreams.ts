import type { Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { misuse } from './failure.ts';
import { parseList, parseWhole, withConnection, withJson } from './options.ts';
import { printable, printJson, printTable } from './output.ts';

interface Upstream {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly priority: number;
  readonly weight: number;
  readonly source: string;
  readonly health: { readonly state: string; readonly circuit?: string };
}

type Options = ConnectionOptions & { readonly json?: true };

export function registerUpstreams(program: Command): void {
  const upstreams = program.command('upstreams').description('the providers that answer for models');

  withJson(withConnection(upstreams.command('add')))
    .description('add an upstream')
    .argument('<name>', 'lower-case letters, digits and hyphens')
    .option('--kind <kind>', 'which provider it is (sallyport upstreams kinds)', 'openai-compatible')
    .option('--base-url <url>', 'with /v1 where the provider has it; left out where the kind has one of its own')
    .option('--api-version <date>', 'a dated version of the provider\'s API (azure-openai)')
    .requiredOption('--models <a,b>', 'models that it answers for', parseList)
    .option('--api-key-env <variable>', 'environment variable that holds its credential')
    .option('--allow-private', 'it may stand on a private or loopback address, and speak plain http')
    .option('--priority <n>', 'where several upstreams serve a model, the lowest goes first', (text) => parseWhole(text, { least: 0, most: 1_000 }))
    .option('--weight <n>', 'share of the calls among upstreams of one priority', (text) => parseWhole(text, { least: 0, most: 1_000 }))
    .option('--attempts <n>', 'how often a call that fails before its answer begins is sent in all', (text) => parseWhole(text, { least: 0, most: 1_000 }))
    .addHelpText('after', '\nExamples:\n  sallyport upstreams add openai --kind openai --api-key-env OPENAI_API_KEY --models gpt-4o,gpt-4o-mini\n  sallyport upstreams add local --base-url http://127.0.0.1:11434/v1 --allow-private --models llama3')
    .action(add);

  withJson(withConnection(upstreams.command('list'))).description('list upstreams').action(list);

  withJson(withConnection(upstreams.command('kinds'))).description('list the kinds of upstreams').action(listKinds);

  withJson(withConnection(upstreams.command('remove'))).description('remove an upstream').argument('<name>', 'its name or id').action(remove);
}

interface AddOptions extends Options {
  readonly kind: string;
  readonly baseUrl?: string;
  readonly apiVersion?: string;
  readonly models: readonly string[];
  readonly priority?: number;
  readonly weight?: number;
  readonly attempts?: number;
  readonly apiKeyEnv?: string;
  readonly allowPrivate?: true;
}

async function add(name: string, options: AddOptions): Promise<void> {
  const { kind, baseUrl, apiVersion, models, priority, weight, attempts, allowPrivate = false } = options;
  // JSON leaves out what was not given.
  const body = { name, kind, baseUrl, apiVersion, models, priority, weight, attempts, allowPrivate, ...readApiKey(options.apiKeyEnv) };
  const upstream = await connect(options).request<Upstream>('POST', '/upstreams', body);
  if (options.json) return printJson(upstream);
  process.stdout.write(`Added ${printable(upstream.name)} (${upstream.id}) for ${upstream.models.map(printable).join(', ')}.\n`);
}

/** The credential never stands on the command line, which every process of the machine can read. */
function readApiKey(variable: string | undefined): { apiKey?: string } {
  if (variable === undefined) return {};
  const apiKey = process.env[variable];
  if (apiKey === undefined || apiKey === '') throw misuse(`--api-key-env names ${variable}, which is not set.`);
  return { apiKey };
}

async function list(options: Options): Promise<void> {
  const { items } = await connect(options).request<{ items: Upstream[] }>('GET', '/upstreams');
  if (options.json) return printJson({ items });
  const rows = items.map(({ name, kind, baseUrl, models, priority, weight, source, health }) =>
    [name, kind, baseUrl || '-', models.join(','), `${priority}/${weight}`, source, health.circuit === 'open' ? `${health.state}, no calls` : health.state]);
  printTable(['NAME', 'KIND', 'BASE URL', 'MODELS', 'PRIORITY/WEIGHT', 'SOURCE', 'HEALTH'], rows, 'No upstreams yet. Add one: sallyport upstreams add --help');
}

async function listKinds(options: Options): Promise<void> {
  const { items } = await connect(options).request<{ items: { kind: string; label: string; baseUrl: string | null; apis: string[] }[] }>('GET', '/upstream-kinds');
  if (options.json) return printJson({ items });
  printTable(['KIND', 'IS', 'BASE URL', 'APIS'], items.map(({ kind, label, baseUrl, apis }) => [kind, label, baseUrl ?? 'to be given', apis.join(', ')]), '');
}

async function remove(name: string, options: Options): Promise<void> {
  await connect(options).request('DELETE', `/upstreams/${encodeURIComponent(name)}`);
  if (options.json) return printJson({ removed: name });
  process.stdout.write(`Removed ${printable(name)}.\n`);
}

import { type Command, Option } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { misuse } from './failure.ts';
import { parseList, withConnection, withJson } from './options.ts';
import { printable, printJson, printTable } from './output.ts';

interface Upstream {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly source: string;
  readonly health: { readonly state: string };
}

type Options = ConnectionOptions & { readonly json?: true };

export function registerUpstreams(program: Command): void {
  const upstreams = program.command('upstreams').description('the providers that answer for models');

  withJson(withConnection(upstreams.command('add')))
    .description('add an upstream')
    .argument('<name>', 'lower-case letters, digits and hyphens')
    .addOption(new Option('--kind <kind>', 'which wire it speaks').choices(['openai-compatible']).default('openai-compatible'))
    .requiredOption('--base-url <url>', 'with /v1 where the provider has it')
    .requiredOption('--models <a,b>', 'models that it answers for', parseList)
    .option('--api-key-env <variable>', 'environment variable that holds its credential')
    .option('--allow-private', 'it may stand on a private or loopback address, and speak plain http')
    .addHelpText('after', '\nExamples:\n  sallyport upstreams add openai --base-url https://api.openai.com/v1 --api-key-env OPENAI_API_KEY --models gpt-4o,gpt-4o-mini\n  sallyport upstreams add local --base-url http://127.0.0.1:11434/v1 --allow-private --models llama3')
    .action(add);

  withJson(withConnection(upstreams.command('list'))).description('list upstreams').action(list);

  withJson(withConnection(upstreams.command('remove'))).description('remove an upstream').argument('<name>', 'its name or id').action(remove);
}

interface AddOptions extends Options {
  readonly kind: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly apiKeyEnv?: string;
  readonly allowPrivate?: true;
}

async function add(name: string, options: AddOptions): Promise<void> {
  const body = { name, kind: options.kind, baseUrl: options.baseUrl, models: options.models, allowPrivate: options.allowPrivate ?? false, ...readApiKey(options.apiKeyEnv) };
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
  const rows = items.map(({ name, kind, baseUrl, models, source, health }) => [name, kind, baseUrl || '-', models.join(','), source, health.state]);
  printTable(['NAME', 'KIND', 'BASE URL', 'MODELS', 'SOURCE', 'HEALTH'], rows, 'No upstreams yet. Add one: sallyport upstreams add --help');
}

async function remove(name: string, options: Options): Promise<void> {
  await connect(options).request('DELETE', `/upstreams/${encodeURIComponent(name)}`);
  if (options.json) return printJson({ removed: name });
  process.stdout.write(`Removed ${printable(name)}.\n`);
}

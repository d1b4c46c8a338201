import { type Command, Option } from 'commander';
import { withServer, type ServerOptions } from './control.ts';
import { parsePort, parseWhole } from './options.ts';
import { printJson } from './output.ts';
import { runUntilSignalled } from './run-until-signalled.ts';

interface UpOptions extends ServerOptions {
  readonly gatewayPort: number;
  readonly workers: number;
  readonly durability: 'batch' | 'sync';
}

interface Ready {
  readonly console: string;
  readonly api: string;
  readonly gateway: string;
  readonly metrics?: string;
  readonly key?: string;
  readonly setup?: string;
}

export function registerUp(program: Command): void {
  withServer(program.command('up'))
    .description('run Sallyport on this machine: control, console and gateways')
    .option('--gateway-port <port>', 'where applications call models; 0 lets the system choose', parsePort, 7071)
    .option('--workers <n>', 'gateway processes', (text) => parseWhole(text, { least: 1, most: 64 }), 1)
    .addOption(new Option('--durability <mode>', 'batch: records survive a crash of any process; sync: also a power cut').choices(['batch', 'sync']).default('batch'))
    .addHelpText('after', '\nExamples:\n  sallyport up\n  sallyport up --data /var/lib/sallyport --workers 4 --database postgres://sallyport@db/sallyport')
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const { startControl } = await import('../control-app.ts');
  await runUntilSignalled(async () => {
    const { gatewayPort, workers, durability } = options;
    const control = await startControl({ ...options, gateways: { port: gatewayPort, workers, durability } });
    // For machines the one-time values stand in the line of the first start alone; a person gets a new link until one was used.
    const setup = options.json && !control.firstKey ? undefined : await control.createSetupLink();
    const ready: Ready = {
      console: control.console,
      api: control.api,
      gateway: control.gateway ?? '',
      ...(control.metrics && { metrics: control.metrics }),
      ...(control.firstKey && { key: control.firstKey.reveal() }),
      ...(setup && { setup: setup.reveal() }),
    };
    if (options.json) printJson({ event: 'ready', ...ready });
    else printBanner(ready);
    return control;
  });
}

function printBanner({ console, gateway, metrics, key, setup }: Ready): void {
  const lines = [
    'Sallyport is up.',
    '',
    `  Console   ${console}`,
    `  Gateway   ${gateway}/v1   (the base URL for OpenAI clients)`,
    ...(metrics === undefined ? [] : [`  Metrics   ${metrics}`]),
    ...(setup === undefined ? [] : [`  Set up    ${setup}   (once, within a day)`]),
    ...(key === undefined ? [] : [`  Key       ${key}   (shown this once)`]),
    '',
    'A first call, answered by the built-in sandbox:',
    '',
    `  curl ${gateway}/v1/chat/completions -H "Authorization: Bearer ${key ?? '$SALLYPORT_KEY'}" \\`,
    `    -H "Content-Type: application/json" \\`,
    `    -d '{"model":"sandbox-echo","messages":[{"role":"user","content":"Write to dora@example.org"}]}'`,
    '',
    'Ctrl-C stops it.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

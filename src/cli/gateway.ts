import { type Command, Option } from 'commander';
import { DEFAULT_DATA_FOLDER } from './connection.ts';
import { parsePort } from './options.ts';
import { runUntilSignalled } from './run-until-signalled.ts';

interface GatewayOptions {
  readonly control: string;
  readonly data: string;
  readonly name?: string;
  readonly token?: string;
  readonly host: string;
  readonly port: number;
  readonly metricsPort?: number;
  readonly durability: 'batch' | 'sync';
  readonly reusePort?: true;
  readonly flushOnly?: true;
}

export function registerGateway(program: Command): void {
  program
    .command('gateway')
    .description('run one gateway; control on this or another machine tells it what to enforce')
    .requiredOption('--control <url>', 'address of control, or file: URL of a file that holds it')
    .option('--data <dir>', 'the gateway’s own folder: its keys, its configuration, what it recorded', `${DEFAULT_DATA_FOLDER}-gateway`)
    .option('--token <token>', 'one-time token to enrol with, at the first start (better: SALLYPORT_ENROLMENT_TOKEN, which no process list shows)')
    .option('--name <name>', 'what it is called', 'gateway')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'where applications call models; 0 lets the system choose', parsePort, 7071)
    .option('--metrics-port <port>', 'give metrics to Prometheus at http://127.0.0.1:<port>/metrics, without a credential', parsePort)
    .addOption(new Option('--durability <mode>', 'batch: records survive a crash of any process; sync: also a power cut').choices(['batch', 'sync']).default('batch'))
    .option('--reuse-port', 'share the port with other gateways of this machine (Linux)')
    .addOption(new Option('--flush-only', 'serve nobody; send what the spool holds and end').hideHelp())
    .addHelpText('after', '\nWith SALLYPORT_REDIS_URL (redis:// or rediss://) the gateways of several machines count together towards limits.\n\nExample:\n  SALLYPORT_ENROLMENT_TOKEN=spe_… sallyport gateway --control https://sallyport.example --data /var/lib/sallyport-gateway --host 0.0.0.0')
    .action(run);
}

async function run({ flushOnly, ...options }: GatewayOptions): Promise<void> {
  const { flushSpool, startGateway } = await import('../gateway-app.ts');
  const token = options.token ?? process.env['SALLYPORT_ENROLMENT_TOKEN'];
  const redisUrl = process.env['SALLYPORT_REDIS_URL'];
  const settings = { ...options, ...(token === undefined ? {} : { token }), ...(redisUrl === undefined ? {} : { redisUrl }) };
  if (flushOnly) await flushSpool(settings);
  else await runUntilSignalled(() => startGateway(settings));
}

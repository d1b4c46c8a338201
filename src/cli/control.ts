import type { Command } from 'commander';
import { DEFAULT_DATA_FOLDER } from './connection.ts';
import { parsePort } from './options.ts';
import { printJson } from './output.ts';
import { runUntilSignalled } from './run-until-signalled.ts';

export interface ServerOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly database?: string;
  readonly allowHost: readonly string[];
  readonly https?: true;
  readonly metricsPort?: number;
  readonly json?: true;
}

/** The options of every command that runs control. */
export const withServer = (command: Command): Command =>
  command
    .option('--data <dir>', 'where everything is kept; made when it is not there', DEFAULT_DATA_FOLDER)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'console and API; 0 lets the system choose', parsePort, 7070)
    .option('--database <url>', 'PostgreSQL (postgres://…) instead of the embedded database; SALLYPORT_DATABASE says the same')
    .option('--allow-host <name>', 'a name by which this server may be called (may be repeated)', (name: string, names: readonly string[]) => [...names, name], [] as readonly string[])
    .option('--https', 'browsers reach this server by https, through a proxy before it')
    .option('--metrics-port <port>', 'give metrics to Prometheus at http://127.0.0.1:<port>/metrics, without a credential', parsePort)
    .option('--json', 'print one JSON line when ready, for machines');

export function registerControl(program: Command): void {
  withServer(program.command('control'))
    .description('run the control plane alone; gateways are started apart and enrol')
    .addHelpText('after', '\nExample:\n  sallyport control --host 0.0.0.0 --allow-host sallyport.example --https --database postgres://sallyport@db/sallyport')
    .action(async (options: ServerOptions) => {
      const { startControl } = await import('../control-app.ts');
      await runUntilSignalled(async () => {
        const control = await startControl(options);
        if (options.json) {
          printJson({ event: 'ready', console: control.console, api: control.api, ...(control.metrics && { metrics: control.metrics }) });
        } else {
          const setup = await control.createSetupLink();
          process.stdout.write(`Control is up: ${control.console}\n${setup ? `Set it up: ${setup.reveal()}\n` : ''}`);
        }
        return control;
      });
    });
}

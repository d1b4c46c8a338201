import type { Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { withConnection, withJson } from './options.ts';
import { printJson, printTable } from './output.ts';

interface Status {
  readonly version: string;
  readonly database: { readonly engine: string; readonly ok: boolean };
  readonly snapshotSerial: number;
  readonly gateways: readonly { readonly name: string; readonly connected: boolean; readonly serial?: number; readonly spoolBytes?: number; readonly records: { readonly acknowledged: number; readonly gaps: number } }[];
  readonly upstreams: readonly { readonly name: string; readonly state: string; readonly error?: string }[];
}

export function registerStatus(program: Command): void {
  withJson(withConnection(program.command('status')))
    .description('whether the instance runs well')
    .addHelpText('after', '\nThe exit code is 1 when the database or every gateway is away.')
    .action(async (options: ConnectionOptions & { json?: true }) => {
      const status = await connect(options).request<Status>('GET', '/status');
      if (options.json) printJson(status);
      else print(status);
      if (!status.database.ok || !status.gateways.some(({ connected }) => connected)) process.exitCode = 1;
    });
}

function print({ version, database, snapshotSerial, gateways, upstreams }: Status): void {
  process.stdout.write(`Sallyport ${version}, database ${database.engine} ${database.ok ? 'well' : 'away'}, configuration ${snapshotSerial}\n\n`);
  printTable(
    ['GATEWAY', 'STATE', 'CONFIGURATION', 'SPOOL BYTES', 'RECORDS', 'GAPS'],
    gateways.map(({ name, connected, serial, spoolBytes, records }) => [
      name, connected ? 'connected' : 'away', String(serial ?? '-'), String(spoolBytes ?? '-'), String(records.acknowledged), String(records.gaps),
    ]),
    'No gateways.',
  );
  process.stdout.write('\n');
  printTable(['UPSTREAM', 'STATE', 'ERROR'], upstreams.map(({ name, state, error }) => [name, state, error ?? '']), 'No upstreams.');
}

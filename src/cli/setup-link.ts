import type { Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { withConnection, withJson } from './options.ts';
import { printJson } from './output.ts';

export function registerSetupLink(program: Command): void {
  withJson(withConnection(program.command('setup-link')))
    .description('a new link with which the first administrator is made; earlier ones stop working')
    .action(async (options: ConnectionOptions & { json?: true }) => {
      const connection = connect(options);
      const { path } = await connection.request<{ path: string }>('POST', '/setup/tokens');
      const setup = new URL(connection.api).origin + path;
      if (options.json) return printJson({ setup });
      process.stdout.write(`${setup}\n`);
    });
}

import type { Command } from 'commander';
import { connect, type ConnectionOptions } from './connection.ts';
import { withConnection, withJson } from './options.ts';
import { printJson } from './output.ts';

type Options = ConnectionOptions & { readonly json?: true };

export function registerGateways(program: Command): void {
  const gateways = program.command('gateways').description('gateways on other machines');

  withJson(withConnection(gateways.command('token')))
    .description('a one-time token with which a gateway enrols')
    .requiredOption('--name <name>', 'what the gateway will be called')
    .addHelpText('after', '\nExample:\n  sallyport gateways token --name rack-7\n  # and there: sallyport gateway --control https://sallyport.example --data /var/lib/sallyport   (token in SALLYPORT_ENROLMENT_TOKEN)')
    .action(async ({ name, ...options }: Options & { name: string }) => {
      const answer = await connect(options).request<{ token: string; expiresAt: string }>('POST', '/gateways/enrolment-tokens', { name });
      if (options.json) return printJson(answer);
      process.stdout.write(`${answer.token}\n`);
      process.stderr.write(`Valid once, until ${answer.expiresAt}.\n`);
    });
}

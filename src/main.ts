/** Starts what the command line asks for. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { registerApplications } from '#cli/applications.ts';
import { registerControl } from '#cli/control.ts';
import { CommandFailure } from '#cli/failure.ts';
import { registerGateway } from '#cli/gateway.ts';
import { registerGateways } from '#cli/gateways.ts';
import { registerInspect } from '#cli/inspect.ts';
import { registerKeys } from '#cli/keys.ts';
import { registerLimits } from '#cli/limits.ts';
import { registerPolicies } from '#cli/policies.ts';
import { registerSetupLink } from '#cli/setup-link.ts';
import { registerStatus } from '#cli/status.ts';
import { registerUp } from '#cli/up.ts';
import { registerUpstreams } from '#cli/upstreams.ts';
import { AppError } from '#platform/errors.ts';
import { VERSION } from '#platform/version.ts';

const COMMANDS = [
  registerUp, registerControl, registerGateway, registerStatus, registerSetupLink, registerApplications, registerKeys, registerUpstreams, registerPolicies,
  registerGateways, registerInspect, registerLimits,
];

// Loading takes half as long with what Node compiled before. Ours to write in a checkout; elsewhere it does without.
enableCompileCache(join(import.meta.dirname, '..', '.cache', 'compile'));

// Whoever reads our output may have had enough (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const program = new Command('sallyport').description('Runs AI securely: prevents, finds, responds and proves.').version(VERSION).exitOverride();
  // exitOverride is inherited by the subcommands that are made after it.
  for (const register of COMMANDS) register(program);
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}

/** Says on standard error what went wrong. @returns the exit code */
function report(error: unknown): number {
  // The parser has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandFailure) {
    process.stderr.write(`sallyport: ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof AppError || isExpected(error)) process.stderr.write(`sallyport: ${error.message}\n`);
  else process.stderr.write(`sallyport: it failed in a way that it should not: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}

/** What the system refuses (a port in use, a folder without permission) is explained by its own words. */
function isExpected(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

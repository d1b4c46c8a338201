import { InvalidArgumentError, type Command } from 'commander';
import { DEFAULT_DATA_FOLDER } from './connection.ts';

/** The options of every command that acts on a running instance. */
export const withConnection = (command: Command): Command =>
  command
    .option('--data <dir>', 'data folder of the running instance', DEFAULT_DATA_FOLDER)
    .option('--url <url>', 'address of control instead, such as https://sallyport.example')
    .option('--token <token>', 'credential for --url (better: SALLYPORT_TOKEN, which no process list shows)');

export const withJson = (command: Command): Command => command.option('--json', 'print JSON for machines');

/** Reads a TCP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  return parseWhole(text, { least: 0, most: 65_535 });
}

export function parseWhole(text: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  return value;
}

export function parseList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim()).filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('It must name at least one.');
  return items;
}

import { sql } from 'kysely';
import type { Reader, Tx } from './database.ts';
import { databaseUnavailable } from './errors.ts';
import { markConfigurationChanged } from './running.ts';

/**
 * Raises the configuration's version: the serial of the snapshot that gateways fetch. Whatever changes what a gateway enforces
 * calls this in its own transaction; `Database.onConfigurationChange` hears of it when that commits.
 *
 * @returns the new version
 */
export async function bumpConfiguration(tx: Tx): Promise<number> {
  const { rows } = await sql<{ version: number }>`update platform.configuration set version = version + 1, changed_at = now() returning version`.execute(tx);
  markConfigurationChanged();
  return onlyVersion(rows);
}

/** The configuration's version as committed, or as this transaction sees it. */
export async function configurationVersion(source: Reader): Promise<number> {
  const { rows } = await sql<{ version: number }>`select version from platform.configuration`.execute(source);
  return onlyVersion(rows);
}

function onlyVersion(rows: readonly { version: number }[]): number {
  const row = rows[0];
  if (!row) throw databaseUnavailable('platform.configuration is empty');
  return row.version;
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { sha256Hex } from '../crypto/digest.ts';
import type { Database, Tx } from './database.ts';
import { StatementError } from './errors.ts';

/** Where a module keeps its migrations: `0001_<name>.sql`, …, in the order of their names. */
export interface MigrationSource {
  /** Also the name of its PostgreSQL schema, which exists when its first migration runs. */
  readonly module: string;
  readonly folder: string;
}

interface Migration {
  readonly module: string;
  readonly name: string;
  readonly digest: string;
  readonly text: string;
}

interface Applied {
  readonly module: string;
  readonly name: string;
  readonly digest: string;
}

/** The stored state does not fit this release; nothing was changed. */
export class MigrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationError';
  }
}

/** Any constant will do: it only keeps two processes from migrating at once. */
const ADVISORY_LOCK = 7_270_201;
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;

/**
 * Brings the database to this release's schema, forward only, in one transaction: all of it or nothing.
 *
 * @returns how many migrations were applied
 * @throws MigrationError when an applied file was changed since, or when the database knows a migration that this release does not
 */
export async function migrate(database: Database, sources: readonly MigrationSource[]): Promise<number> {
  const migrations = sources.flatMap(readMigrations);
  return database.transaction(async (tx) => {
    await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(tx);
    const applied = await readApplied(tx);
    const pending = pendingMigrations(migrations, applied);
    for (const migration of pending) await apply(tx, migration);
    return pending.length;
  });
}

/** @throws MigrationError as `migrate` does */
export function pendingMigrations(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const id = ({ module, name }: Applied) => `${module}/${name}`;
  const known = new Map(migrations.map((migration) => [id(migration), migration]));
  for (const row of applied) {
    const file = known.get(id(row));
    if (!file) throw new MigrationError(`The database was written by a newer release: it knows migration ${id(row)}. Start that release, or restore a backup.`);
    if (file.digest !== row.digest) throw new MigrationError(`Migration ${id(row)} was changed after it was applied. Put the released file back.`);
  }
  const done = new Set(applied.map(id));
  return migrations.filter((migration) => !done.has(id(migration)));
}

function readMigrations({ module, folder }: MigrationSource): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name) => {
    if (!FILE_NAME.test(name)) throw new MigrationError(`${join(folder, name)} is not named like 0001_name.sql.`);
    const text = readFileSync(join(folder, name), 'utf8');
    return { module, name, text, digest: `sha256:${sha256Hex(text)}` };
  });
}

async function readApplied(tx: Tx): Promise<Applied[]> {
  await sql`create schema if not exists platform`.execute(tx);
  await sql`create table if not exists platform.migration (
    module text not null, name text not null, digest text not null, applied_at timestamptz not null default now(), primary key (module, name))`.execute(tx);
  return (await sql<Applied>`select module, name, digest from platform.migration`.execute(tx)).rows;
}

async function apply(tx: Tx, { module, name, text, digest }: Migration): Promise<void> {
  await sql`create schema if not exists ${sql.id(module)}`.execute(tx);
  try {
    await sql.raw(text).execute(tx);
  } catch (error) {
    throw error instanceof StatementError ? new MigrationError(`Migration ${module}/${name} failed. ${error.message}`) : error;
  }
  await sql`insert into platform.migration (module, name, digest) values (${module}, ${name}, ${digest})`.execute(tx);
}

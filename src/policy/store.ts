import { sql, type Transaction } from 'kysely';
import { asJson, type Database } from '#platform/database/index.ts';
import type { PolicyRow, PolicyTables, VersionRow } from './tables.ts';

type Reader = Database<PolicyTables>['kysely'] | Transaction<PolicyTables>;

/** Policies by name: the order of the snapshot's section, and so of its digest. */
export const readPolicies = (db: Reader): Promise<PolicyRow[]> => db.selectFrom('policy.policy').selectAll().orderBy(sql`name collate "C"`).execute();

/** @param key plain id, or name */
export async function findPolicy(db: Reader, key: { readonly id: string } | { readonly name: string }): Promise<PolicyRow | undefined> {
  const query = db.selectFrom('policy.policy').selectAll();
  return ('id' in key ? query.where('id', '=', key.id) : query.where('name', '=', key.name)).executeTakeFirst();
}

export async function insertPolicy(tx: Transaction<PolicyTables>, row: PolicyRow): Promise<void> {
  await tx.insertInto('policy.policy').values(row).execute();
}

export async function updatePolicy(tx: Transaction<PolicyTables>, { id, ...columns }: PolicyRow): Promise<void> {
  await tx.updateTable('policy.policy').set(columns).where('id', '=', id).execute();
}

export async function deletePolicy(tx: Transaction<PolicyTables>, id: string): Promise<void> {
  await tx.deleteFrom('policy.policy').where('id', '=', id).execute();
}

/** Keeps a set of policies; one that was in force before stays as it is. */
export async function keepVersion(tx: Transaction<PolicyTables>, version: VersionRow): Promise<void> {
  await tx.insertInto('policy.version').values({ ...version, entries: asJson(version.entries) }).onConflict((conflict) => conflict.doNothing()).execute();
}

export const findVersion = (db: Reader, digest: string): Promise<VersionRow | undefined> =>
  db.selectFrom('policy.version').selectAll().where('digest', '=', digest).executeTakeFirst();

/** Changes take turns, so that the set that a change leaves behind is the one that it saw. */
export async function lockPolicies(tx: Transaction<PolicyTables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('policy.policy'))`.execute(tx);
}

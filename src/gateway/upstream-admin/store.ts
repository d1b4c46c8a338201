import type { Transaction } from 'kysely';
import { asJson, type Database } from '#platform/database/index.ts';
import type { UpstreamRow, UpstreamTables } from './tables.ts';

type Reader = Database<UpstreamTables>['kysely'] | Transaction<UpstreamTables>;

/** Upstreams by name. */
export const readUpstreams = (db: Reader): Promise<UpstreamRow[]> => db.selectFrom('gateway.upstream').selectAll().orderBy('name').execute();

/** @param key plain id, or name */
export async function findUpstream(db: Reader, key: { readonly id: string } | { readonly name: string }): Promise<UpstreamRow | undefined> {
  const query = db.selectFrom('gateway.upstream').selectAll();
  return ('id' in key ? query.where('id', '=', key.id) : query.where('name', '=', key.name)).executeTakeFirst();
}

export async function insertUpstream(tx: Transaction<UpstreamTables>, row: UpstreamRow): Promise<void> {
  await tx.insertInto('gateway.upstream').values({ ...row, timeouts: asJson(row.timeouts) }).execute();
}

export async function updateUpstream(tx: Transaction<UpstreamTables>, id: string, change: Partial<UpstreamRow>): Promise<void> {
  const { timeouts, ...rest } = change;
  await tx.updateTable('gateway.upstream').set({ ...rest, ...(timeouts === undefined ? {} : { timeouts: asJson(timeouts) }) }).where('id', '=', id).execute();
}

export async function deleteUpstream(tx: Transaction<UpstreamTables>, id: string): Promise<void> {
  await tx.deleteFrom('gateway.upstream').where('id', '=', id).execute();
}

import { sql, type Transaction } from 'kysely';
import type { Database } from '#platform/database/index.ts';
import type { BudgetLeaseRow, LimitRow, LimitTables } from './tables.ts';

type Reader = Database<LimitTables>['kysely'] | Transaction<LimitTables>;
type Tx = Transaction<LimitTables>;

export const readLimits = (db: Reader): Promise<LimitRow[]> => db.selectFrom('gateway.usage_limit').selectAll().orderBy('name').execute();

/** @param key plain id, or name */
export async function findLimit(db: Reader, key: { readonly id: string } | { readonly name: string }): Promise<LimitRow | undefined> {
  const query = db.selectFrom('gateway.usage_limit').selectAll();
  return ('id' in key ? query.where('id', '=', key.id) : query.where('name', '=', key.name)).executeTakeFirst();
}

export const insertLimit = async (tx: Tx, row: LimitRow): Promise<void> => void (await tx.insertInto('gateway.usage_limit').values(row).execute());

export const updateAmount = async (tx: Tx, id: string, amount: number): Promise<void> =>
  void (await tx.updateTable('gateway.usage_limit').set({ amount }).where('id', '=', id).execute());

export const deleteLimit = async (tx: Tx, id: string): Promise<void> => void (await tx.deleteFrom('gateway.usage_limit').where('id', '=', id).execute());

/** The limit, locked until the transaction ends: what is leased of a budget is counted by one at a time. */
export const lockLimit = (tx: Tx, id: string): Promise<LimitRow | undefined> =>
  tx.selectFrom('gateway.usage_limit').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

type LeaseKey = Pick<BudgetLeaseRow, 'usage_limit' | 'subject' | 'period' | 'instance'>;

/** What all other runs of gateways hold of it. */
export async function grantedToOthers(tx: Tx, { usage_limit, subject, period, instance }: LeaseKey): Promise<number> {
  const { rows } = await sql<{ granted: number }>`
    select coalesce(sum(granted), 0)::bigint as granted from gateway.budget_lease
    where usage_limit = ${usage_limit} and subject = ${subject} and period = ${period} and instance <> ${instance}`.execute(tx);
  return rows[0]?.granted ?? 0;
}

export const findLease = (tx: Tx, { usage_limit, subject, period, instance }: LeaseKey): Promise<BudgetLeaseRow | undefined> =>
  tx.selectFrom('gateway.budget_lease').selectAll()
    .where('usage_limit', '=', usage_limit).where('subject', '=', subject).where('period', '=', period).where('instance', '=', instance)
    .executeTakeFirst();

export async function storeLease(tx: Tx, row: BudgetLeaseRow): Promise<void> {
  const { granted, spent, sequence, updated_at } = row;
  await tx.insertInto('gateway.budget_lease').values(row)
    .onConflict((conflict) => conflict.columns(['usage_limit', 'subject', 'period', 'instance']).doUpdateSet({ granted, spent, sequence, updated_at }))
    .execute();
}

export const forgetLeases = async (db: Reader, before: string): Promise<void> => void (await db.deleteFrom('gateway.budget_lease').where('updated_at', '<', before).execute());

export interface Spending {
  readonly usage_limit: string;
  readonly subject: string;
  readonly spent: number;
  readonly granted: number;
}

/** What is spent and held of budgets in these periods. */
export async function readSpending(db: Reader, periods: readonly string[]): Promise<Spending[]> {
  const { rows } = await sql<Spending>`
    select usage_limit, subject, sum(spent)::bigint as spent, sum(granted)::bigint as granted from gateway.budget_lease
    where period in (${sql.join(periods)}) group by usage_limit, subject order by usage_limit, subject`.execute(db);
  return rows;
}

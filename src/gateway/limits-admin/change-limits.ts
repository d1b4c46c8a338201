import { systemClock } from '#platform/clock.ts';
import { bumpConfiguration, isUniqueViolation, type Database, type Tx } from '#platform/database/index.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { Actor } from '#identity/index.ts';
import type { AdministrativeEvent } from '#evidence/index.ts';
import { deleteLimit, findLimit, insertLimit, updateAmount } from './store.ts';
import type { LimitRow, LimitTables } from './tables.ts';

export interface LimitContext {
  readonly database: Database<LimitTables>;
  readonly recordEvent: (tx: Tx, event: AdministrativeEvent) => Promise<void>;
  /** @returns whether there is such a key or application */
  readonly subjectExists: (scope: 'key' | 'application', id: string) => Promise<boolean>;
}

export type NewLimit = Omit<LimitRow, 'id' | 'created_at'>;
export type LimitKey = { readonly id: string } | { readonly name: string };

/** @throws AppError 400 `invalid_limit`, 404, 409 `name_taken` */
export async function createLimit({ database, recordEvent, subjectExists }: LimitContext, actor: Actor, limit: NewLimit): Promise<LimitRow> {
  const problem = problemOf(limit);
  if (problem !== undefined) throw invalid('invalid_limit', problem);
  if (limit.subject !== null && limit.scope !== 'installation' && !(await subjectExists(limit.scope, limit.subject))) throw notFound(`This ${limit.scope}`);
  const row: LimitRow = { ...limit, id: newId(), created_at: new Date(systemClock.now()).toISOString() };
  try {
    await database.transaction(async (tx) => {
      await insertLimit(tx, row);
      await recordEvent(tx, { actor, action: 'limit.created', subject: subjectOf(row), detail: detailOf(row) });
      await bumpConfiguration(tx);
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('name_taken', `There is a limit named ${JSON.stringify(limit.name)} already.`);
    throw error;
  }
  return row;
}

/** @throws AppError 404 */
export async function changeAmount({ database, recordEvent }: LimitContext, actor: Actor, { key, amount }: { key: LimitKey; amount: number }): Promise<LimitRow> {
  return database.transaction(async (tx) => {
    const before = await findLimit(tx, key);
    if (before === undefined) throw notFound('This limit');
    await updateAmount(tx, before.id, amount);
    await recordEvent(tx, { actor, action: 'limit.changed', subject: subjectOf(before), detail: { before: detailOf(before), after: { ...detailOf(before), amount } } });
    await bumpConfiguration(tx);
    return { ...before, amount };
  });
}

/** @throws AppError 404 */
export async function removeLimit({ database, recordEvent }: LimitContext, actor: Actor, key: LimitKey): Promise<void> {
  await database.transaction(async (tx) => {
    const row = await findLimit(tx, key);
    if (row === undefined) throw notFound('This limit');
    await deleteLimit(tx, row.id);
    await recordEvent(tx, { actor, action: 'limit.removed', subject: subjectOf(row), detail: detailOf(row) });
    await bumpConfiguration(tx);
  });
}

/** @returns why members do not fit together */
function problemOf({ scope, subject, measure, period, currency }: NewLimit): string | undefined {
  if ((measure === 'concurrency') !== (period === null)) return 'Calls at a time have no period; everything else is limited by second, minute, hour, day or month.';
  if (measure === 'money' && period !== 'day' && period !== 'month') return 'Money is limited by day or month.';
  if ((measure === 'money') !== (currency !== null)) return 'A limit of money has a currency, and no other has one.';
  return scope === 'installation' && subject !== null ? 'A limit of the installation names no key or application.' : undefined;
}

const subjectOf = ({ id, name }: LimitRow) => ({ type: 'limit', id, name });
const detailOf = ({ scope, subject, measure, amount, period, currency, unknown_price }: LimitRow) => ({ scope, subject, measure, amount, period, currency, unknownPrice: unknown_price });

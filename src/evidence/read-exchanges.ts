import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely';
import { invalid } from '#platform/errors.ts';
import { fromPublicId, toPublicId } from '#platform/ids.ts';
import { firstIdAt } from './days.ts';
import type { ExchangesQuery, ExchangeSummary } from './exchange-schemas.ts';
import { shapeSummary, type StoredExchange } from './shape-exchange.ts';

/**
 * A page of exchanges, newest first.
 *
 * @throws AppError 400 when both cursors are given, 404 for an id that cannot be
 */
export async function listExchanges(db: QueryExecutorProvider, query: ExchangesQuery): Promise<{ items: ExchangeSummary[]; next?: string }> {
  if (query.before !== undefined && query.after !== undefined) throw invalid('two_cursors', 'Give either before or after, not both.');
  const direction = query.after === undefined ? sql`desc` : sql`asc`;
  const { rows } = await sql<Pick<StoredExchange, 'id' | 'record'>>`
    select id, record from evidence.exchange where ${sql.join(conditions(query), sql` and `)}
    order by id ${direction} limit ${query.limit + 1}`.execute(db);
  const more = rows.length > query.limit;
  const page = rows.slice(0, query.limit);
  const end = page.at(-1);
  if (query.after !== undefined) page.reverse();
  return { items: page.map(shapeSummary), ...(more && end ? { next: toPublicId('exc', end.id) } : {}) };
}

function conditions(query: ExchangesQuery): RawBuilder<unknown>[] {
  const list: RawBuilder<unknown>[] = [sql`true`];
  if (query.before !== undefined) list.push(sql`id < ${fromPublicId('exc', query.before)}::uuid`);
  if (query.after !== undefined) list.push(sql`id > ${fromPublicId('exc', query.after)}::uuid`);
  if (query.from !== undefined) list.push(sql`id >= ${firstIdAt(Date.parse(query.from))}::uuid`);
  if (query.to !== undefined) list.push(sql`id < ${firstIdAt(Date.parse(query.to))}::uuid`);
  if (query.application !== undefined) list.push(sql`application_id = ${fromPublicId('app', query.application)}::uuid`);
  if (query.effect !== undefined) list.push(sql`effect = ${query.effect}`);
  if (query.outcome !== undefined) list.push(sql`outcome = ${query.outcome}`);
  if (query.model !== undefined) list.push(sql`model = ${query.model}`);
  if (query.upstream !== undefined) list.push(sql`upstream = ${query.upstream}`);
  if (query.kind !== undefined) list.push(sql`kinds @> array[${query.kind}]::text[]`);
  return list;
}

/** One exchange, or undefined. @param id plain */
export async function findExchange(db: QueryExecutorProvider, id: string): Promise<StoredExchange | undefined> {
  const { rows } = await sql<StoredExchange>`
    select id, gateway, opened_epoch, opened_sequence, closed_epoch, closed_sequence, record
    from evidence.exchange where id = ${id}::uuid`.execute(db);
  return rows[0];
}

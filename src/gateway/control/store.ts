import { sql, type Transaction } from 'kysely';
import { asJson, type Database } from '#platform/database/index.ts';
import type { Heartbeat } from '../protocol.ts';
import type { EnrolmentTokenRow, GatewayRow, GatewayTables, StreamRow } from './tables.ts';

type Reader = Database<GatewayTables>['kysely'];
type Tx = Transaction<GatewayTables>;

export const insertToken = async (tx: Tx, row: Omit<EnrolmentTokenRow, 'used_at' | 'gateway'>): Promise<void> =>
  void (await tx.insertInto('gateway.enrolment_token').values({ ...row, used_at: null, gateway: null }).execute());

/** Uses a token up. @returns the name that it was made for; `undefined` when it is unknown, used or expired */
export async function useToken(tx: Tx, hash: string, { now, gateway }: { now: string; gateway: string }): Promise<string | undefined> {
  const row = await tx
    .updateTable('gateway.enrolment_token')
    .set({ used_at: now, gateway })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('name')
    .executeTakeFirst();
  return row?.name;
}

export const insertGateway = async (tx: Tx, row: Omit<GatewayRow, 'last_seen_at' | 'state' | 'name'>): Promise<void> =>
  void (await tx.insertInto('gateway.gateway').values({ ...row, name: '', last_seen_at: null, state: null }).execute());

export const nameGateway = async (tx: Tx, id: string, name: string): Promise<void> =>
  void (await tx.updateTable('gateway.gateway').set({ name }).where('id', '=', id).execute());

export const findGatewayByBearer = (db: Reader, hash: string): Promise<GatewayRow | undefined> =>
  db.selectFrom('gateway.gateway').selectAll().where('bearer_hash', '=', hash).executeTakeFirst();

export const findGateway = (db: Reader, id: string): Promise<GatewayRow | undefined> =>
  db.selectFrom('gateway.gateway').selectAll().where('id', '=', id).executeTakeFirst();

export const readGateways = (db: Reader): Promise<GatewayRow[]> => db.selectFrom('gateway.gateway').selectAll().orderBy('id').execute();

export async function storeHeartbeat(db: Reader, id: string, { at, state }: { at: string; state: Heartbeat }): Promise<void> {
  await db.updateTable('gateway.gateway').set({ last_seen_at: at, state: asJson(state) }).where('id', '=', id).execute();
}

export interface StreamTotals {
  readonly gateway: string;
  readonly acknowledged: number;
  readonly gaps: number;
}

export async function readStreamTotals(db: Reader): Promise<StreamTotals[]> {
  const { rows } = await sql<StreamTotals>`
    select gateway, sum(high_water)::bigint as acknowledged, sum(gaps)::bigint as gaps from gateway.stream group by gateway`.execute(db);
  return rows;
}

/** The stream's row, locked until the transaction ends; made when it is new. */
export async function lockStream(tx: Tx, gateway: string, epoch: string, now: string): Promise<StreamRow & { readonly isNew: boolean }> {
  const fresh = await tx
    .insertInto('gateway.stream')
    .values({ gateway, epoch, high_water: 0, final: false, gaps: 0, updated_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (fresh) return { ...fresh, isNew: true };
  const row = await tx.selectFrom('gateway.stream').selectAll().where('gateway', '=', gateway).where('epoch', '=', epoch).forUpdate().executeTakeFirstOrThrow();
  return { ...row, isNew: false };
}

export async function advanceStream(tx: Tx, row: StreamRow): Promise<void> {
  const { gateway, epoch, ...change } = row;
  await tx.updateTable('gateway.stream').set(change).where('gateway', '=', gateway).where('epoch', '=', epoch).execute();
}

/** Ends the gateway's other numberings, which can have no end of their own any more. @returns those that were ended by this */
export const endOtherStreams = (tx: Tx, gateway: string, epoch: string): Promise<Pick<StreamRow, 'epoch' | 'high_water'>[]> =>
  tx
    .updateTable('gateway.stream')
    .set({ final: true, gaps: sql<number>`gaps + 1` })
    .where('gateway', '=', gateway)
    .where('epoch', '<', epoch)
    .where('final', '=', false)
    .returning(['epoch', 'high_water'])
    .execute();

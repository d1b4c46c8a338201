import { bumpConfiguration } from '#platform/database/index.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { fromPublicId, newId } from '#platform/ids.ts';
import type { Secret } from '#platform/secret.ts';
import type { KeyEntry } from '../shapes.ts';
import { findApplicationByName, insertApplication, refuseTakenName } from './applications.ts';
import type { IdentityContext } from './needs.ts';
import type { Actor } from './principal.ts';
import type { KeyRow } from './tables.ts';
import { createToken } from './tokens.ts';

export interface KeyRequest {
  /** Public id or name of an application. */
  readonly application: string;
  readonly name: string;
  readonly expiresAt: string | null;
  /** Makes the application when no other has this name. */
  readonly createApplication: boolean;
}

export interface KeyView extends Omit<KeyRow, 'hash'> {
  readonly application_name: string;
  readonly lastUsedAt: string | undefined;
}

/** Keys, newest first. */
export async function listKeys(context: IdentityContext, filter: { applicationId?: string; id?: string } = {}): Promise<KeyView[]> {
  let query = context.database.kysely
    .selectFrom('identity.key as k')
    .innerJoin('identity.application as a', 'a.id', 'k.application_id')
    .select(['k.id', 'k.application_id', 'k.name', 'k.last_four', 'k.created_at', 'k.created_by', 'k.expires_at', 'k.revoked_at', 'a.name as application_name'])
    .orderBy('k.id', 'desc');
  if (filter.applicationId !== undefined) query = query.where('k.application_id', '=', filter.applicationId);
  if (filter.id !== undefined) query = query.where('k.id', '=', filter.id);
  const rows = await query.execute();
  const seen = await context.lastUse(rows.map((row) => row.id));
  return rows.map((row) => ({ ...row, lastUsedAt: seen.get(row.id) }));
}

/** @throws AppError 404 */
export async function getKey(context: IdentityContext, id: string): Promise<KeyView> {
  const [view] = await listKeys(context, { id });
  if (!view) throw notFound('This key');
  return view;
}

/**
 * Makes a key. Its secret is given away here and never again: only its hash is stored.
 *
 * @throws AppError 404 for an unknown application, 400 `expiry_in_past`
 */
export async function createKey(context: IdentityContext, actor: Actor, request: KeyRequest): Promise<{ id: string; secret: Secret }> {
  const { clock, database } = context;
  if (request.expiresAt !== null && Date.parse(request.expiresAt) <= clock.now()) throw invalid('expiry_in_past', 'expiresAt lies in the past: such a key would never work.');
  const known = await resolveApplication(context, request);
  const { secret, hash } = createToken('sp_');
  const id = newId();
  await refuseTakenName(request.application, () => database.transaction(async (tx) => {
    const application_id = known ?? (await insertApplication(context, tx, { actor, fields: { name: request.application, owner: actor.name, purpose: 'not stated' } }));
    await tx
      .insertInto('identity.key')
      .values({
        id, application_id, name: request.name, hash, last_four: secret.reveal().slice(-4), created_at: new Date(clock.now()).toISOString(),
        created_by: actor.name, expires_at: request.expiresAt, revoked_at: null,
      })
      .execute();
    await context.recordEvent(tx, { actor, action: 'key.created', subject: { type: 'key', id, name: request.name }, detail: { application: application_id, expiresAt: request.expiresAt } });
    await bumpConfiguration(tx);
  }));
  return { id, secret };
}

/** Revokes a key for good; revoking it again changes nothing. @throws AppError 404 */
export async function revokeKey({ database, clock, recordEvent }: IdentityContext, actor: Actor, id: string): Promise<void> {
  await database.transaction(async (tx) => {
    const key = await tx.selectFrom('identity.key').select(['name', 'revoked_at']).where('id', '=', id).forUpdate().executeTakeFirst();
    if (!key) throw notFound('This key');
    if (key.revoked_at !== null) return;
    await tx.updateTable('identity.key').set({ revoked_at: new Date(clock.now()).toISOString() }).where('id', '=', id).execute();
    await recordEvent(tx, { actor, action: 'key.revoked', subject: { type: 'key', id, name: key.name } });
    await bumpConfiguration(tx);
  });
}

/** The snapshot's section: keys that were not revoked. The gateway itself minds their expiry. */
export async function keysSection({ database }: Pick<IdentityContext, 'database'>): Promise<KeyEntry[]> {
  const rows = await database.kysely
    .selectFrom('identity.key')
    .select(['id', 'name', 'hash', 'application_id', 'expires_at'])
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map(({ application_id, expires_at, ...key }) => ({ ...key, applicationId: application_id, expiresAt: expires_at }));
}

/** @returns undefined when the application is to be made */
async function resolveApplication(context: IdentityContext, request: KeyRequest): Promise<string | undefined> {
  if (request.application.startsWith('app_')) {
    const id = fromPublicId('app', request.application);
    const row = await context.database.kysely.selectFrom('identity.application').select('id').where('id', '=', id).executeTakeFirst();
    if (!row) throw notFound('This application');
    return row.id;
  }
  const found = await findApplicationByName(context, request.application);
  if (found) return found.id;
  if (!request.createApplication) throw notFound(`The application ${JSON.stringify(request.application)}`);
  return undefined;
}

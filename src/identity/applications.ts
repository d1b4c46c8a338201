import type { Transaction } from 'kysely';
import { bumpConfiguration, isUniqueViolation } from '#platform/database/index.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { ApplicationEntry } from '../shapes.ts';
import type { IdentityContext } from './needs.ts';
import type { Actor } from './principal.ts';
import type { ApplicationRow, IdentityTables } from './tables.ts';

export interface ApplicationFields {
  readonly name: string;
  readonly owner: string;
  readonly purpose: string;
}

export interface ApplicationView extends Omit<ApplicationRow, 'name_key'> {
  readonly activeKeys: number;
  readonly lastExchangeAt: string | undefined;
}

/** Every application with how many of its keys work, by name. */
export async function listApplications(context: IdentityContext, id?: string): Promise<ApplicationView[]> {
  const { database, clock } = context;
  let query = database.kysely
    .selectFrom('identity.application as a')
    .leftJoin('identity.key as k', (join) =>
      join
        .onRef('k.application_id', '=', 'a.id')
        .on('k.revoked_at', 'is', null)
        .on((eb) => eb.or([eb('k.expires_at', 'is', null), eb('k.expires_at', '>', new Date(clock.now()).toISOString())])),
    )
    .select(['a.id', 'a.name', 'a.owner', 'a.purpose', 'a.created_at'])
    .select((eb) => eb.fn.count<number>('k.id').as('activeKeys'))
    .groupBy('a.id')
    .orderBy('a.name_key');
  if (id !== undefined) query = query.where('a.id', '=', id);
  const rows = await query.execute();
  const seen = await context.lastUse(rows.map((row) => row.id));
  return rows.map((row) => ({ ...row, lastExchangeAt: seen.get(row.id) }));
}

/** @throws AppError 404 */
export async function getApplication(context: IdentityContext, id: string): Promise<ApplicationView> {
  const [view] = await listApplications(context, id);
  if (!view) throw notFound('This application');
  return view;
}

/** @throws AppError 409 `name_taken` */
export async function createApplication(context: IdentityContext, actor: Actor, fields: ApplicationFields): Promise<string> {
  return refuseTakenName(fields.name, () => context.database.transaction((tx) => insertApplication(context, tx, { actor, fields })));
}

/** Inserts within a transaction of a larger act. @returns the new application's id */
export async function insertApplication(
  context: IdentityContext,
  tx: Transaction<IdentityTables>,
  { actor, fields }: { actor: Actor; fields: ApplicationFields },
): Promise<string> {
  const id = newId();
  await tx
    .insertInto('identity.application')
    .values({ id, ...fields, name_key: nameKey(fields.name), created_at: new Date(context.clock.now()).toISOString() })
    .execute();
  await context.recordEvent(tx, { actor, action: 'application.created', subject: { type: 'application', id, name: fields.name }, detail: { ...fields } });
  await bumpConfiguration(tx);
  return id;
}

/** @throws AppError 404, 409 `name_taken` */
export async function updateApplication(context: IdentityContext, actor: Actor, change: { id: string; fields: Partial<ApplicationFields> }): Promise<void> {
  const { id, fields } = change;
  await refuseTakenName(fields.name ?? '', () =>
    context.database.transaction(async (tx) => {
      const set = { ...fields, ...(fields.name === undefined ? {} : { name_key: nameKey(fields.name) }) };
      const before = await tx.selectFrom('identity.application').select(['name', 'owner', 'purpose']).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!before) throw notFound('This application');
      if (Object.keys(set).length === 0) return;
      await tx.updateTable('identity.application').set(set).where('id', '=', id).execute();
      await context.recordEvent(tx, { actor, action: 'application.changed', subject: { type: 'application', id, name: fields.name ?? before.name }, detail: { before, after: fields } });
      await bumpConfiguration(tx);
    }),
  );
}

/** Finds by name, whatever its capitals. */
export async function findApplicationByName({ database }: IdentityContext, name: string): Promise<{ id: string; name: string } | undefined> {
  return database.kysely.selectFrom('identity.application').select(['id', 'name']).where('name_key', '=', nameKey(name)).executeTakeFirst();
}

/** The snapshot's section. */
export async function applicationsSection({ database }: Pick<IdentityContext, 'database'>): Promise<ApplicationEntry[]> {
  return database.kysely.selectFrom('identity.application').select(['id', 'name', 'owner', 'purpose']).orderBy('id').execute();
}

export const nameKey = (name: string): string => name.normalize('NFC').toLowerCase();

/** Says so when a name was taken, also when that happened at this very moment. @throws AppError 409 `name_taken` */
export async function refuseTakenName<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('name_taken', `There is an application named ${JSON.stringify(name)} already.`);
    throw error;
  }
}

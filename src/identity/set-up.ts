import { sql, type Transaction } from 'kysely';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { conflict, forbidden } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { Secret } from '#platform/secret.ts';
import type { IdentityContext } from './needs.ts';
import { hashPassword } from './password.ts';
import { createSession, type NewSession } from './sessions.ts';
import type { IdentityTables, PersonRow } from './tables.ts';
import { createToken } from './tokens.ts';

const TOKEN_LIFE_MS = 86_400_000;

export interface SetUp {
  readonly token: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export type SignedIn = NewSession & { readonly person: Pick<PersonRow, 'id' | 'name' | 'email' | 'role'> };

/** Whether the first administrator is still to be made. */
export const setUpNeeded = async ({ database }: Pick<IdentityContext, 'database'>): Promise<boolean> => !(await hasAdministrator(database.kysely));

/**
 * A one-time token for the set-up page, valid for a day; earlier ones stop working.
 *
 * @returns undefined when there is an administrator already
 */
export async function createSetupToken({ database, clock }: IdentityContext): Promise<Secret | undefined> {
  if (await hasAdministrator(database.kysely)) return undefined;
  const { secret, hash } = createToken('');
  await database.transaction(async (tx) => {
    await tx.deleteFrom('identity.setup_token').execute();
    await tx.insertInto('identity.setup_token').values({ hash, expires_at: new Date(clock.now() + TOKEN_LIFE_MS).toISOString() }).execute();
  });
  return secret;
}

/**
 * Makes the first administrator and signs them in.
 *
 * @throws AppError 409 `setup_done`, 403 `setup_token_invalid`
 */
export async function setUp(context: IdentityContext, request: SetUp): Promise<SignedIn> {
  const { database, clock } = context;
  const hash = sha256Hex(request.token);
  await requireToken(database.kysely, hash, clock.now());
  const password_hash = await hashPassword(request.password);
  return database.transaction(async (tx) => {
    // Two tokens used at once must not make two first administrators.
    await sql`select pg_advisory_xact_lock(hashtext('identity.set-up'))`.execute(tx);
    await requireToken(tx, hash, clock.now());
    await tx.deleteFrom('identity.setup_token').execute();
    const person = { id: newId(), name: request.name, email: request.email, role: 'administrator' as const };
    await tx
      .insertInto('identity.person')
      .values({ ...person, email_key: request.email.toLowerCase(), password_hash, created_at: new Date(clock.now()).toISOString() })
      .execute();
    const actor = { type: 'person' as const, id: person.id, name: person.name };
    await context.recordEvent(tx, { actor, action: 'person.created', subject: { type: 'person', id: person.id, name: person.name }, detail: { role: person.role, by: 'set-up' } });
    return { person, ...(await createSession(tx, person.id, clock.now())) };
  });
}

type Reader = IdentityContext['database']['kysely'] | Transaction<IdentityTables>;

async function hasAdministrator(db: Reader): Promise<boolean> {
  const row = await db.selectFrom('identity.person').select('id').where('role', '=', 'administrator').limit(1).executeTakeFirst();
  return row !== undefined;
}

async function requireToken(db: Reader, hash: string, nowMs: number): Promise<void> {
  if (await hasAdministrator(db)) throw conflict('setup_done', 'Set-up is done: there is an administrator already. Sign in instead.');
  const row = await db.selectFrom('identity.setup_token').select('expires_at').where('hash', '=', hash).executeTakeFirst();
  if (!row || Date.parse(row.expires_at) <= nowMs) {
    throw forbidden('setup_token_invalid', 'This set-up link is not valid any more. Start Sallyport again, or run `sallyport setup-link`, for a new one.');
  }
}

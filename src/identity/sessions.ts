import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import { sha256Hex } from '#platform/crypto/digest.ts';
import type { Database } from '#platform/database/index.ts';
import { newId } from '#platform/ids.ts';
import type { Secret } from '#platform/secret.ts';
import type { IdentityTables, PersonRow } from './tables.ts';
import { createToken } from './tokens.ts';

/** OWASP Session Management: ends an hour after the last request, and twelve hours after sign-in whatever happens. */
const IDLE_MS = 3_600_000;
const ABSOLUTE_MS = 43_200_000;
/** `last_seen_at` is written at most this often: a page that polls must not write a row each time. */
const TOUCH_MS = 60_000;

export interface NewSession {
  readonly token: Secret;
  readonly csrf: string;
}

export interface LiveSession {
  readonly id: string;
  readonly csrf: string;
  readonly person: Pick<PersonRow, 'id' | 'name' | 'email' | 'role'>;
}

/** Each sign-in gets a session of its own under a fresh token; only the token's hash is stored. */
export async function createSession(tx: Transaction<IdentityTables>, personId: string, nowMs: number): Promise<NewSession> {
  const token = createToken('');
  const csrf = randomBytes(32).toString('base64url');
  const now = new Date(nowMs).toISOString();
  await tx.deleteFrom('identity.session').where('created_at', '<', new Date(nowMs - ABSOLUTE_MS).toISOString()).execute();
  await tx
    .insertInto('identity.session')
    .values({ id: newId(), person_id: personId, token_hash: token.hash, csrf, created_at: now, last_seen_at: now })
    .execute();
  return { token: token.secret, csrf };
}

/** The session of a token, if it is live. Keeps it from idling out. */
export async function findSession(database: Database<IdentityTables>, token: string, nowMs: number): Promise<LiveSession | undefined> {
  const row = await database.kysely
    .selectFrom('identity.session as s')
    .innerJoin('identity.person as p', 'p.id', 's.person_id')
    .select(['s.id', 's.csrf', 's.last_seen_at', 'p.id as person_id', 'p.name', 'p.email', 'p.role'])
    .where('s.token_hash', '=', sha256Hex(token))
    .where('s.created_at', '>', new Date(nowMs - ABSOLUTE_MS).toISOString())
    .where('s.last_seen_at', '>', new Date(nowMs - IDLE_MS).toISOString())
    .executeTakeFirst();
  if (!row) return undefined;
  if (Date.parse(row.last_seen_at) < nowMs - TOUCH_MS) {
    await database.kysely.updateTable('identity.session').set({ last_seen_at: new Date(nowMs).toISOString() }).where('id', '=', row.id).execute();
  }
  return { id: row.id, csrf: row.csrf, person: { id: row.person_id, name: row.name, email: row.email, role: row.role } };
}

export async function endSession(database: Database<IdentityTables>, sessionId: string): Promise<void> {
  await database.kysely.deleteFrom('identity.session').where('id', '=', sessionId).execute();
}

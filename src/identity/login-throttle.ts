import { sql } from 'kysely';
import { sha256Hex } from '#platform/crypto/digest.ts';
import type { Database } from '#platform/database/index.ts';
import { AppError } from '#platform/errors.ts';
import type { IdentityTables } from './tables.ts';

interface Rule {
  /** Failures that are free. */
  readonly free: number;
  readonly firstDelayMs: number;
  /** Each further failure doubles the delay, up to this. */
  readonly maxDelayMs: number;
}

/**
 * Who guesses is slowed down, and who owns the account is not locked out by others' guesses: one address on one account is stopped
 * soon and long, an address that tries many accounts later, and an account under attack from many addresses only for moments.
 */
const RULES = {
  pair: { free: 5, firstDelayMs: 1_000, maxDelayMs: 900_000 },
  address: { free: 30, firstDelayMs: 1_000, maxDelayMs: 900_000 },
  account: { free: 50, firstDelayMs: 1_000, maxDelayMs: 10_000 },
} as const satisfies Record<string, Rule>;

/** Failures older than this are forgotten. */
const MEMORY_MS = 3_600_000;

export interface LoginAttempt {
  readonly emailKey: string;
  readonly address: string;
}

/**
 * Counts an attempt as failed before its password is looked at, so that attempts made at once count too.
 *
 * @throws AppError 429 `too_many_attempts` while the account, the address or both together must wait
 */
export async function reserveAttempt(database: Database<IdentityTables>, attempt: LoginAttempt, nowMs: number): Promise<void> {
  await database.transaction(async (tx) => {
    // Counting locks the row: attempts at once take turns, and each sees what the one before it brought about.
    for (const { subject, rule } of subjectsOf(attempt)) {
      const waitMs = await countFailure(tx, { subject, rule, nowMs });
      if (waitMs > 0) throw new AppError(429, 'too_many_attempts', `Too many failed sign-ins. Try again in ${Math.ceil(waitMs / 1000)} seconds.`);
    }
  });
}

/** Takes back what `reserveAttempt` counted: the password was right. */
export async function forgiveAttempt(database: Database<IdentityTables>, attempt: LoginAttempt): Promise<void> {
  const [pair, ...others] = subjectsOf(attempt).map(({ subject }) => subject);
  await database.transaction(async (tx) => {
    if (pair !== undefined) await tx.deleteFrom('identity.login_failure').where('subject', '=', pair).execute();
    await tx
      .updateTable('identity.login_failure')
      .set({ failures: sql<number>`greatest(failures - 1, 0)` })
      .where('subject', 'in', others)
      .execute();
  });
}

/** Forgets failures that no longer count. */
export async function forgetOldFailures(database: Database<IdentityTables>, nowMs: number): Promise<void> {
  await database.kysely.deleteFrom('identity.login_failure').where('last_at', '<', iso(nowMs - MEMORY_MS)).execute();
}

/** Hashed: a list of who tried to sign in from where is nobody's business. */
function subjectsOf({ emailKey, address }: LoginAttempt) {
  return [
    { subject: sha256Hex(`pair\n${emailKey}\n${address}`), rule: RULES.pair },
    { subject: sha256Hex(`account\n${emailKey}`), rule: RULES.account },
    { subject: sha256Hex(`address\n${address}`), rule: RULES.address },
  ];
}

type Transaction = Parameters<Parameters<Database<IdentityTables>['transaction']>[0]>[0];

/** @returns how long the subject must wait; the count then does not matter, for the transaction ends with it */
async function countFailure(tx: Transaction, { subject, rule, nowMs }: { subject: string; rule: Rule; nowMs: number }): Promise<number> {
  const { rows } = await sql<{ failures: number; blocked_until: string }>`
    insert into identity.login_failure as f (subject, failures, last_at, blocked_until)
    values (${subject}, 1, ${iso(nowMs)}::timestamptz, ${iso(nowMs)}::timestamptz)
    on conflict (subject) do update set last_at = excluded.last_at,
      failures = case when f.last_at < ${iso(nowMs - MEMORY_MS)}::timestamptz then 1 else f.failures + 1 end
    returning failures, blocked_until`.execute(tx);
  const counted = rows[0];
  if (!counted) return 0;
  const waitMs = Date.parse(counted.blocked_until) - nowMs;
  if (waitMs > 0) return waitMs;
  const delayMs = delayOf(rule, counted.failures);
  if (delayMs > 0) await tx.updateTable('identity.login_failure').set({ blocked_until: iso(nowMs + delayMs) }).where('subject', '=', subject).execute();
  return 0;
}

function delayOf({ free, firstDelayMs, maxDelayMs }: Rule, failures: number): number {
  if (failures < free) return 0;
  return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(30, failures - free));
}

const iso = (ms: number): string => new Date(ms).toISOString();

import { unauthorised } from '#platform/errors.ts';
import { forgiveAttempt, reserveAttempt } from './login-throttle.ts';
import type { IdentityContext } from './needs.ts';
import { verifyNothing, verifyPassword } from './password.ts';
import { createSession } from './sessions.ts';
import type { SignedIn } from './set-up.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** The address that asks. */
  readonly address: string;
}

/**
 * Signs a person in. Takes the same work, and says the same, whether the account does not exist or the password is wrong.
 *
 * @throws AppError 401 `invalid_credentials`, 429 `too_many_attempts`
 */
export async function signIn(context: IdentityContext, { email, password, address }: Credentials): Promise<SignedIn> {
  const { database, clock } = context;
  const attempt = { emailKey: email.toLowerCase(), address };
  await reserveAttempt(database, attempt, clock.now());
  const person = await database.kysely
    .selectFrom('identity.person')
    .select(['id', 'name', 'email', 'role', 'password_hash'])
    .where('email_key', '=', attempt.emailKey)
    .executeTakeFirst();
  const valid = person ? await verifyPassword(password, person.password_hash) : await verifyNothing(password);
  if (!person || !valid) throw unauthorised('invalid_credentials', 'E-mail or password is wrong.');
  await forgiveAttempt(database, attempt);
  const session = await database.transaction(async (tx) => {
    const actor = { type: 'person' as const, id: person.id, name: person.name };
    await context.recordEvent(tx, { actor, action: 'session.started', subject: { type: 'person', id: person.id, name: person.name } });
    return createSession(tx, person.id, clock.now());
  });
  return { person: { id: person.id, name: person.name, email: person.email, role: person.role }, ...session };
}

import { isUniqueViolation } from '#platform/database/index.ts';
import { conflict } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { IdentityContext } from './needs.ts';
import { hashPassword } from './password.ts';
import type { Actor } from './principal.ts';
import type { PersonRow } from './tables.ts';

export type PersonView = Pick<PersonRow, 'id' | 'name' | 'email' | 'role'>;

export const listPeople = ({ database }: IdentityContext): Promise<PersonView[]> =>
  database.kysely.selectFrom('identity.person').select(['id', 'name', 'email', 'role']).orderBy('email_key').execute();

/** @throws AppError 409 `email_taken` */
export async function createPerson(context: IdentityContext, actor: Actor, fields: Omit<PersonView, 'id'> & { password: string }): Promise<PersonView> {
  const { password, ...rest } = fields;
  const person: PersonView = { id: newId(), ...rest };
  const password_hash = await hashPassword(password);
  try {
    await context.database.transaction(async (tx) => {
      await tx
        .insertInto('identity.person')
        .values({ ...person, email_key: person.email.toLowerCase(), password_hash, created_at: new Date(context.clock.now()).toISOString() })
        .execute();
      await context.recordEvent(tx, { actor, action: 'person.created', subject: { type: 'person', id: person.id, name: person.name }, detail: { role: person.role } });
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('email_taken', 'A person with this e-mail address exists already.');
    throw error;
  }
  return person;
}

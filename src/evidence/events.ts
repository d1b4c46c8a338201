import { sql } from 'kysely';
import type { Tx } from '#platform/database/index.ts';
import { newId } from '#platform/ids.ts';
import { toJsonb } from './to-jsonb.ts';

/** Who did it: a person, the machine's local administrator, or the product itself. */
export interface Actor {
  readonly type: 'person' | 'local' | 'system';
  readonly id: string;
  readonly name: string;
}

/** An administrative act. `detail` says what changed and never holds a secret. */
export interface AdministrativeEvent {
  readonly actor: Actor;
  /** `<subject>.<verb>`, e.g. `key.revoked`. */
  readonly action: string;
  readonly subject: { readonly type: string; readonly id: string; readonly name?: string };
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Writes the event in the transaction of the act, so that neither stands without the other. */
export async function recordEvent(tx: Tx, event: AdministrativeEvent, atMs: number): Promise<void> {
  const { actor, subject } = event;
  await sql`
    insert into evidence.event (id, at, actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, detail)
    values (${newId()}, ${new Date(atMs).toISOString()}::timestamptz, ${actor.type}, ${actor.id}, ${actor.name}, ${event.action},
      ${subject.type}, ${subject.id}, ${subject.name ?? null}, ${toJsonb(event.detail ?? {})}::jsonb)`.execute(tx);
}

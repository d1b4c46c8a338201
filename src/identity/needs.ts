import type { Clock } from '#platform/clock.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import type { Actor } from './principal.ts';
import type { IdentityTables } from './tables.ts';

/** What identity is given. It may not know evidence, so it is handed the two things that it needs of it. */
export interface IdentityNeeds {
  readonly database: Database;
  /** Keeps an administrative act, in the transaction of the act. */
  readonly recordEvent: (tx: Tx, event: IdentityEvent) => Promise<void>;
  /** When each of these keys or applications was last seen in an exchange. */
  readonly lastUse: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Whether browsers reach this server by https: cookies are then marked Secure. */
  readonly https?: boolean;
  readonly clock?: Clock;
}

export interface IdentityEvent {
  readonly actor: Actor;
  readonly action: string;
  readonly subject: { readonly type: string; readonly id: string; readonly name?: string };
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The needs as the use cases take them. */
export interface IdentityContext extends Pick<IdentityNeeds, 'recordEvent' | 'lastUse'> {
  readonly database: Database<IdentityTables>;
  readonly clock: Clock;
}

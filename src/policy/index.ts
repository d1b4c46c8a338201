/** Policy as configuration: what is in force, for how many, and what was in force when. */
import type { AdministrativeEvent } from '#evidence/index.ts';
import { SYSTEM } from '#identity/index.ts';
import { systemClock, type Clock } from '#platform/clock.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import type { HttpServer } from '#platform/http/index.ts';
import type { PolicyEntry } from '../shapes.ts';
import { readBuiltInPolicies } from './built-in.ts';
import { entryOf, prepareBuiltIns, type PolicyContext } from './change-policies.ts';
import { createRoutes } from './routes.ts';
import { findVersion, readPolicies } from './store.ts';
import type { PolicyTables } from './tables.ts';

export interface Policies {
  /** Brings the policies that come with this release into the store. Called at start, before the first snapshot. */
  prepare(): Promise<void>;
  /** The snapshot's section. */
  section(): Promise<PolicyEntry[]>;
  /** The policies that stood behind a digest, as a record names it; for replaying a decision. */
  entriesOf(digest: string): Promise<readonly PolicyEntry[] | undefined>;
  readonly routes: (server: HttpServer) => void;
}

export interface PoliciesNeeds {
  readonly database: Database;
  /** Keeps an administrative act, in the transaction of the act. */
  readonly recordEvent: (tx: Tx, event: AdministrativeEvent) => Promise<void>;
  readonly clock?: Clock;
}

export function createPolicies({ database, recordEvent, clock = systemClock }: PoliciesNeeds): Policies {
  const context: PolicyContext = { database: database.withTables<PolicyTables>(), recordEvent, clock };
  return {
    prepare: () => prepareBuiltIns(context, SYSTEM, readBuiltInPolicies()),
    section: async () => (await readPolicies(context.database.kysely)).map(entryOf),
    entriesOf: async (digest) => (await findVersion(context.database.kysely, digest))?.entries,
    routes: createRoutes(context),
  };
}

import type { Transaction } from 'kysely';
import type { AdministrativeEvent } from '#evidence/index.ts';
import type { Actor } from '#identity/index.ts';
import type { Clock } from '#platform/clock.ts';
import { bumpConfiguration, type Database, type Tx } from '#platform/database/index.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { PolicyEntry, PolicyMode } from '../shapes.ts';
import { BUILT_IN_PREFIX, isAlwaysEnforced, type BuiltInPolicy } from './built-in.ts';
import { SCHEMA } from './cedar.ts';
import { digestOfPolicies } from './engine.ts';
import { deletePolicy, findPolicy, insertPolicy, keepVersion, lockPolicies, readPolicies, updatePolicy } from './store.ts';
import type { PolicyRow, PolicyTables } from './tables.ts';
import { describePolicy } from './validate-policy.ts';

export interface PolicyContext {
  readonly database: Database<PolicyTables>;
  readonly recordEvent: (tx: Tx, event: AdministrativeEvent) => Promise<void>;
  readonly clock: Clock;
}

export interface NewPolicy {
  readonly name: string;
  readonly cedar: string;
  readonly mode: PolicyMode;
  readonly sharePercent: number;
}

export type PolicyChange = Partial<Omit<NewPolicy, 'name'>>;

export type PolicyKey = { readonly id: string } | { readonly name: string };

/** Gateways hold all policies in memory and read them at each change. */
const POLICIES_MAX = 200;

/** @throws AppError 400 `invalid_policy` or `reserved_name`, 409 `name_taken` or `too_many_policies` */
export async function createPolicy(context: PolicyContext, actor: Actor, policy: NewPolicy): Promise<PolicyRow> {
  if (policy.name.startsWith(BUILT_IN_PREFIX)) throw invalid('reserved_name', `Names that begin with ${BUILT_IN_PREFIX} are kept for policies that come with Sallyport.`);
  const description = describePolicy(policy.cedar);
  return changeSet(context, async (tx, at) => {
    const others = await readPolicies(tx);
    if (others.some(({ name }) => name === policy.name)) throw conflict('name_taken', `There is a policy named ${JSON.stringify(policy.name)} already.`);
    if (others.length >= POLICIES_MAX) throw conflict('too_many_policies', `There can be at most ${POLICIES_MAX} policies. Put statements together.`);
    const row = newRow({ ...policy, description, builtIn: false }, at);
    await insertPolicy(tx, row);
    await context.recordEvent(tx, { actor, action: 'policy.created', subject: subjectOf(row), detail: { after: detailOf(row) } });
    return row;
  });
}

/** @throws AppError 404, 400 `invalid_policy`, 409 `built_in` or `always_enforced` */
export async function changePolicy(context: PolicyContext, actor: Actor, { key, change }: { key: PolicyKey; change: PolicyChange }): Promise<PolicyRow> {
  const description = change.cedar === undefined ? undefined : describePolicy(change.cedar);
  return changeSet(context, async (tx, at) => {
    const before = await requirePolicy(tx, key);
    refuseForBuiltIn(before, change);
    const after: PolicyRow = {
      ...before,
      cedar: change.cedar ?? before.cedar,
      description: description ?? before.description,
      mode: change.mode ?? before.mode,
      share_percent: change.sharePercent ?? before.share_percent,
      updated_at: at,
    };
    await updatePolicy(tx, after);
    await context.recordEvent(tx, { actor, action: 'policy.changed', subject: subjectOf(after), detail: { before: detailOf(before), after: detailOf(after) } });
    return after;
  });
}

function refuseForBuiltIn({ name, built_in }: PolicyRow, change: PolicyChange): void {
  if (built_in && change.cedar !== undefined) throw conflict('built_in', 'This policy comes with Sallyport. Set it to observe and add one of your own instead.');
  if (isAlwaysEnforced(name) && change.mode !== undefined && change.mode !== 'enforce') {
    throw conflict('always_enforced', 'Without this policy nothing would be permitted at all. Add policies that forbid what should not pass.');
  }
}

/** @throws AppError 404, 409 `built_in` */
export async function removePolicy(context: PolicyContext, actor: Actor, key: PolicyKey): Promise<void> {
  await changeSet(context, async (tx) => {
    const row = await requirePolicy(tx, key);
    if (row.built_in) throw conflict('built_in', 'This policy comes with Sallyport and cannot be removed. Set it to observe instead.');
    await deletePolicy(tx, row.id);
    await context.recordEvent(tx, { actor, action: 'policy.removed', subject: subjectOf(row), detail: { before: detailOf(row) } });
  });
}

/** Brings the policies that come with this release into the store. What an administrator set, the mode, stays. */
export async function prepareBuiltIns(context: PolicyContext, actor: Actor, builtIns: readonly BuiltInPolicy[]): Promise<void> {
  const stored = await readPolicies(context.database.kysely);
  const isStored = (policy: BuiltInPolicy): boolean => stored.some(({ name, cedar }) => name === policy.name && cedar === policy.cedar);
  if (builtIns.every(isStored)) return;
  await changeSet(context, async (tx, at) => {
    for (const policy of builtIns) await bringIn(context, tx, { actor, policy, at });
  });
}

async function bringIn(context: PolicyContext, tx: Transaction<PolicyTables>, { actor, policy, at }: { actor: Actor; policy: BuiltInPolicy; at: string }): Promise<void> {
  const { name, cedar } = policy;
  const before = await findPolicy(tx, { name });
  if (before?.cedar === cedar) return;
  const description = describePolicy(cedar);
  const after = before === undefined
    ? newRow({ name, cedar, description, mode: 'enforce', sharePercent: 100, builtIn: true }, at)
    : { ...before, cedar, description, updated_at: at };
  await (before === undefined ? insertPolicy(tx, after) : updatePolicy(tx, after));
  await context.recordEvent(tx, {
    actor, action: before === undefined ? 'policy.created' : 'policy.changed', subject: subjectOf(after),
    detail: { ...(before === undefined ? {} : { before: detailOf(before) }), after: detailOf(after) },
  });
}

/** One change of the set: serialised with all others, and the set that it leaves is kept under its digest. */
async function changeSet<T>(context: PolicyContext, change: (tx: Transaction<PolicyTables>, at: string) => Promise<T>): Promise<T> {
  return context.database.transaction(async (tx) => {
    await lockPolicies(tx);
    const at = new Date(context.clock.now()).toISOString();
    const result = await change(tx, at);
    const entries = (await readPolicies(tx)).map(entryOf);
    await keepVersion(tx, { digest: digestOfPolicies(entries), schema: SCHEMA, entries, first_at: at });
    await bumpConfiguration(tx);
    return result;
  });
}

async function requirePolicy(tx: Transaction<PolicyTables>, key: PolicyKey): Promise<PolicyRow> {
  const row = await findPolicy(tx, key);
  if (row === undefined) throw notFound('This policy');
  return row;
}

/** The row as the snapshot's section carries it. */
export const entryOf = ({ id, name, cedar, mode, share_percent }: PolicyRow): PolicyEntry => ({ id, name, cedar, mode, sharePercent: share_percent });

function newRow({ name, cedar, description, mode, sharePercent, builtIn }: NewPolicy & { description: string; builtIn: boolean }, at: string): PolicyRow {
  return { id: newId(), name, description, cedar, mode, share_percent: sharePercent, built_in: builtIn, created_at: at, updated_at: at };
}

const subjectOf = ({ id, name }: PolicyRow): AdministrativeEvent['subject'] => ({ type: 'policy', id, name });
const detailOf = ({ cedar, mode, share_percent }: PolicyRow) => ({ cedar, mode, sharePercent: share_percent });

import { sql, type Transaction } from 'kysely';
import { systemClock } from '#platform/clock.ts';
import { bumpConfiguration, type Database, type Tx } from '#platform/database/index.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { Secret } from '#platform/secret.ts';
import type { Actor } from '#identity/index.ts';
import type { AdministrativeEvent } from '#evidence/index.ts';
import type { UpstreamEntry } from '../../shapes.ts';
import { parseBaseUrl } from './base-url.ts';
import type { CredentialVault } from './credential-vault.ts';
import { deleteUpstream, findUpstream, insertUpstream, readUpstreams, updateUpstream } from './store.ts';
import type { UpstreamRow, UpstreamSource, UpstreamTables } from './tables.ts';

export interface UpstreamContext {
  readonly database: Database<UpstreamTables>;
  readonly vault: CredentialVault;
  readonly recordEvent: (tx: Tx, event: AdministrativeEvent) => Promise<void>;
}

export interface NewUpstream {
  readonly name: string;
  readonly kind: UpstreamEntry['kind'];
  readonly baseUrl: string;
  readonly apiKey: Secret | undefined;
  readonly models: readonly string[];
  readonly allowPrivate: boolean;
  readonly timeouts: Partial<UpstreamEntry['timeouts']>;
  readonly source: UpstreamSource;
}

export interface UpstreamChange {
  readonly baseUrl?: string;
  /** null takes the credential away. */
  readonly apiKey?: Secret | null;
  readonly models?: readonly string[];
  readonly allowPrivate?: boolean;
  readonly timeouts?: Partial<UpstreamEntry['timeouts']>;
}

const DEFAULT_TIMEOUTS = { connectMs: 10_000, firstByteMs: 120_000, idleMs: 60_000, totalMs: 600_000 } as const;

/** @throws AppError 400 `invalid_base_url`, 409 `name_taken` or `model_taken` */
export async function createUpstream(context: UpstreamContext, actor: Actor, upstream: NewUpstream): Promise<UpstreamRow> {
  return context.database.transaction(async (tx) => {
    await lockUpstreams(tx);
    return insertChecked(context, tx, { actor, upstream });
  });
}

/** As `createUpstream`, within a transaction that holds the upstreams' lock. */
export async function insertChecked(
  context: UpstreamContext,
  tx: Transaction<UpstreamTables>,
  { actor, upstream }: { actor: Actor; upstream: NewUpstream },
): Promise<UpstreamRow> {
  const others = await readUpstreams(tx);
  if (others.some(({ name }) => name === upstream.name)) throw conflict('name_taken', `There is an upstream named ${JSON.stringify(upstream.name)} already.`);
  refuseTakenModels(upstream.models, others);
  const id = newId();
  const row: UpstreamRow = {
    id,
    name: upstream.name,
    kind: upstream.kind,
    base_url: upstream.kind === 'sandbox' ? '' : parseBaseUrl(upstream.baseUrl, upstream.allowPrivate),
    models: [...upstream.models],
    allow_private: upstream.allowPrivate,
    source: upstream.source,
    timeouts: { ...DEFAULT_TIMEOUTS, ...upstream.timeouts },
    ...credentialColumns(context.vault, id, upstream.apiKey ?? null),
    created_at: new Date(systemClock.now()).toISOString(),
  };
  await insertUpstream(tx, row);
  await context.recordEvent(tx, { actor, action: 'upstream.created', subject: { type: 'upstream', id, name: row.name }, detail: publicDetail(row) });
  await bumpConfiguration(tx);
  return row;
}

/** @throws AppError 404, 409 `not_editable` or `model_taken`, 400 `invalid_base_url` or `credential_needed` */
export async function changeUpstream(context: UpstreamContext, actor: Actor, { key, change }: { key: UpstreamKey; change: UpstreamChange }): Promise<UpstreamRow> {
  return context.database.transaction(async (tx) => {
    await lockUpstreams(tx);
    const before = await requireEditable(tx, key);
    return applyChange(context, tx, { actor, before, change });
  });
}

/** Changes a row within a transaction that holds the upstreams' lock. */
export async function applyChange(
  context: UpstreamContext,
  tx: Transaction<UpstreamTables>,
  { actor, before, change }: { actor: Actor; before: UpstreamRow; change: UpstreamChange },
): Promise<UpstreamRow> {
  const allow_private = change.allowPrivate ?? before.allow_private;
  const base_url = parseBaseUrl(change.baseUrl ?? before.base_url, allow_private);
  // Else whoever may edit an upstream could read its credential, by pointing it at a server of their own.
  if (before.credential !== null && change.apiKey === undefined && new URL(base_url).origin !== new URL(before.base_url).origin) {
    throw invalid('credential_needed', 'The stored credential belongs to the old address. Give apiKey again, or null to drop it.');
  }
  const models = [...(change.models ?? before.models)];
  refuseTakenModels(models, (await readUpstreams(tx)).filter(({ id }) => id !== before.id));
  const after: UpstreamRow = {
    ...before,
    base_url,
    models,
    allow_private,
    timeouts: { ...before.timeouts, ...change.timeouts },
    ...(change.apiKey === undefined ? {} : credentialColumns(context.vault, before.id, change.apiKey)),
  };
  await updateUpstream(tx, before.id, after);
  await context.recordEvent(tx, {
    actor, action: 'upstream.changed', subject: { type: 'upstream', id: before.id, name: before.name },
    detail: { before: publicDetail(before), after: publicDetail(after), credentialChanged: change.apiKey !== undefined },
  });
  await bumpConfiguration(tx);
  return after;
}

/** @throws AppError 404, 409 `not_editable` */
export async function removeUpstream(context: UpstreamContext, actor: Actor, key: UpstreamKey): Promise<void> {
  await context.database.transaction(async (tx) => {
    await lockUpstreams(tx);
    await removeRow(context, tx, { actor, row: await requireEditable(tx, key) });
  });
}

/** Removes a row within a transaction that holds the upstreams' lock. */
export async function removeRow(context: UpstreamContext, tx: Transaction<UpstreamTables>, { actor, row }: { actor: Actor; row: UpstreamRow }): Promise<void> {
  await deleteUpstream(tx, row.id);
  await context.recordEvent(tx, { actor, action: 'upstream.removed', subject: { type: 'upstream', id: row.id, name: row.name }, detail: publicDetail(row) });
  await bumpConfiguration(tx);
}

export type UpstreamKey = { readonly id: string } | { readonly name: string };

/** Changes take turns: whether a model is taken can only be told when nobody else changes upstreams. */
export async function lockUpstreams(tx: Transaction<UpstreamTables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('gateway.upstream'))`.execute(tx);
}

async function requireEditable(tx: Transaction<UpstreamTables>, key: UpstreamKey): Promise<UpstreamRow> {
  const row = await findUpstream(tx, key);
  if (!row) throw notFound('This upstream');
  if (row.source === 'environment') throw conflict('not_editable', 'This upstream is declared by the environment of control; change it there.');
  if (row.source === 'built-in') throw conflict('not_editable', 'The built-in sandbox cannot be changed.');
  return row;
}

/** A model belongs to one upstream: where data goes must never hang on an order. */
function refuseTakenModels(models: readonly string[], others: readonly UpstreamRow[]): void {
  for (const other of others) {
    const taken = models.find((model) => other.models.includes(model));
    if (taken !== undefined) throw conflict('model_taken', `The model ${JSON.stringify(taken)} is served by the upstream ${JSON.stringify(other.name)} already.`);
  }
}

function credentialColumns(vault: CredentialVault, id: string, apiKey: Secret | null): Pick<UpstreamRow, 'credential' | 'credential_last_four'> {
  if (apiKey === null) return { credential: null, credential_last_four: null };
  const text = apiKey.reveal();
  // Of a short credential the last four characters would give away too much.
  return { credential: vault.encrypt(id, apiKey), credential_last_four: text.length >= 16 ? text.slice(-4) : null };
}

const publicDetail = (row: UpstreamRow) => ({ kind: row.kind, baseUrl: row.base_url, models: row.models, allowPrivate: row.allow_private, source: row.source, hasCredential: row.credential !== null });

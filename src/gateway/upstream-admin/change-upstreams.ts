import { sql, type Transaction } from 'kysely';
import { systemClock } from '#platform/clock.ts';
import { bumpConfiguration, type Database, type Tx } from '#platform/database/index.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { Secret } from '#platform/secret.ts';
import type { Actor } from '#identity/index.ts';
import type { AdministrativeEvent } from '#evidence/index.ts';
import type { UpstreamEntry } from '../../shapes.ts';
import { PROVIDERS, type ProviderKind } from '../upstreams/providers/index.ts';
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
  /** Undefined: the one that its kind has. */
  readonly baseUrl: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly apiKey: Secret | undefined;
  readonly models: readonly string[];
  readonly allowPrivate: boolean;
  readonly timeouts: Partial<UpstreamEntry['timeouts']>;
  readonly priority?: number;
  readonly weight?: number;
  readonly attempts?: number;
  readonly maxInFlight?: number;
  readonly source: UpstreamSource;
}

export interface UpstreamChange {
  readonly baseUrl?: string;
  /** null: no dated version. */
  readonly apiVersion?: string | null;
  /** null takes the credential away. */
  readonly apiKey?: Secret | null;
  readonly models?: readonly string[];
  readonly allowPrivate?: boolean;
  readonly timeouts?: Partial<UpstreamEntry['timeouts']>;
  readonly priority?: number;
  readonly weight?: number;
  readonly attempts?: number;
  readonly maxInFlight?: number;
}

const DEFAULT_TIMEOUTS = { connectMs: 10_000, firstByteMs: 120_000, idleMs: 60_000, totalMs: 600_000 } as const;

/** @throws AppError 400 `invalid_base_url`, `base_url_needed` or `not_versioned`, 409 `name_taken` or `model_taken` */
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
  refuseSandboxModels(upstream, others);
  refuseVersion(upstream.kind, upstream.apiVersion ?? null);
  const id = newId();
  const row: UpstreamRow = {
    id,
    name: upstream.name,
    kind: upstream.kind,
    base_url: upstream.kind === 'sandbox' ? '' : parseBaseUrl(upstream.baseUrl ?? defaultBaseUrl(upstream.kind), upstream.allowPrivate),
    api_version: upstream.apiVersion ?? null,
    models: [...upstream.models],
    allow_private: upstream.allowPrivate,
    priority: upstream.priority ?? 0,
    weight: upstream.weight ?? 1,
    attempts: upstream.attempts ?? 1,
    max_in_flight: upstream.maxInFlight ?? 500,
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
  refuseSandboxModels({ kind: before.kind, models }, await readUpstreams(tx));
  const api_version = change.apiVersion === undefined ? before.api_version : change.apiVersion;
  refuseVersion(before.kind, api_version);
  const after: UpstreamRow = {
    ...before,
    base_url,
    api_version,
    models,
    allow_private,
    priority: change.priority ?? before.priority,
    weight: change.weight ?? before.weight,
    attempts: change.attempts ?? before.attempts,
    max_in_flight: change.maxInFlight ?? before.max_in_flight,
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

/** Changes take turns: whether a name is taken can only be told when nobody else changes upstreams. */
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

/** Who calls the sandbox expects that nothing leaves the gateway. */
function refuseSandboxModels({ kind, models }: Pick<NewUpstream, 'kind' | 'models'>, others: readonly UpstreamRow[]): void {
  const sandbox = kind === 'sandbox' ? undefined : others.find((other) => other.kind === 'sandbox');
  const taken = models.find((model) => sandbox?.models.includes(model));
  if (taken !== undefined) throw conflict('model_taken', `The model ${JSON.stringify(taken)} belongs to the built-in sandbox.`);
}

function defaultBaseUrl(kind: ProviderKind): string {
  const { baseUrl, example } = PROVIDERS[kind];
  if (baseUrl === null) throw invalid('base_url_needed', `An upstream of this kind needs a base URL, such as ${example}.`);
  return baseUrl;
}

function refuseVersion(kind: UpstreamEntry['kind'], apiVersion: string | null): void {
  const isVersioned = kind !== 'sandbox' && PROVIDERS[kind].versionedPaths !== undefined;
  if (apiVersion !== null && !isVersioned) throw invalid('not_versioned', 'Upstreams of this kind have no API version.');
}

function credentialColumns(vault: CredentialVault, id: string, apiKey: Secret | null): Pick<UpstreamRow, 'credential' | 'credential_last_four'> {
  if (apiKey === null) return { credential: null, credential_last_four: null };
  const text = apiKey.reveal();
  // Of a short credential the last four characters would give away too much.
  return { credential: vault.encrypt(id, apiKey), credential_last_four: text.length >= 16 ? text.slice(-4) : null };
}

const publicDetail = (row: UpstreamRow) => ({
  kind: row.kind, baseUrl: row.base_url, apiVersion: row.api_version, models: row.models, allowPrivate: row.allow_private, priority: row.priority, weight: row.weight,
  source: row.source, hasCredential: row.credential !== null,
});

import { SYSTEM } from '#identity/index.ts';
import { AppError, invalid } from '#platform/errors.ts';
import type { Log } from '#platform/log.ts';
import { isProviderKind } from '../upstreams/providers/index.ts';
import { applyChange, insertChecked, lockUpstreams, removeRow, type UpstreamContext } from './change-upstreams.ts';
import type { DeclaredUpstream } from './environment.ts';
import { readUpstreams } from './store.ts';
import type { UpstreamRow } from './tables.ts';

const SANDBOX = { name: 'sandbox', models: ['sandbox-echo', 'sandbox-text'] } as const;

/** Sees that the built-in upstream, which answers without any provider, is there. */
export async function ensureSandbox(context: UpstreamContext): Promise<void> {
  await context.database.transaction(async (tx) => {
    await lockUpstreams(tx);
    if ((await readUpstreams(tx)).some(({ kind }) => kind === 'sandbox')) return;
    const upstream = { ...SANDBOX, kind: 'sandbox' as const, baseUrl: '', apiKey: undefined, allowPrivate: false, timeouts: {}, source: 'built-in' as const };
    await insertChecked(context, tx, { actor: SYSTEM, upstream });
  });
}

/**
 * Makes the stored upstreams of source `environment` those that the environment declares: new ones are added, changed ones
 * changed, others removed. A declaration that cannot stand is reported and left out; the rest holds.
 */
export async function reconcileEnvironment(context: UpstreamContext, declared: readonly DeclaredUpstream[], log: Log): Promise<void> {
  const stored = (await readUpstreams(context.database.kysely)).filter(({ source }) => source === 'environment');
  const gone = stored.filter(({ name }) => !declared.some((upstream) => upstream.name === name));
  for (const row of gone) {
    await context.database.transaction(async (tx) => {
      await lockUpstreams(tx);
      await removeRow(context, tx, { actor: SYSTEM, row });
    });
  }
  for (const upstream of declared) {
    try {
      await declareOne(context, upstream);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      log.error({ upstream: upstream.name, code: error.code, reason: error.message }, 'an upstream declared by the environment was left out');
    }
  }
}

async function declareOne(context: UpstreamContext, upstream: DeclaredUpstream): Promise<void> {
  await context.database.transaction(async (tx) => {
    await lockUpstreams(tx);
    const before = (await readUpstreams(tx)).find(({ name, source }) => name === upstream.name && source === 'environment');
    const { kind } = upstream;
    if (!isProviderKind(kind)) throw invalid('unknown_kind', `There is no kind of upstream named ${JSON.stringify(kind)}.`);
    if (before && before.kind !== kind) await removeRow(context, tx, { actor: SYSTEM, row: before });
    if (before?.kind !== kind) {
      await insertChecked(context, tx, { actor: SYSTEM, upstream: { ...upstream, kind, timeouts: {}, source: 'environment' } });
    } else if (!isAsDeclared(context, before, upstream)) {
      const change = { baseUrl: upstream.baseUrl, models: upstream.models, allowPrivate: upstream.allowPrivate, apiKey: upstream.apiKey ?? null };
      await applyChange(context, tx, { actor: SYSTEM, before, change });
    }
  });
}

/** A start that changes nothing must not raise the configuration's version. */
function isAsDeclared({ vault }: UpstreamContext, row: UpstreamRow, upstream: DeclaredUpstream): boolean {
  const sameCredential = row.credential === null || upstream.apiKey === undefined
    ? row.credential === null && upstream.apiKey === undefined
    : vault.holds(row.id, row.credential, upstream.apiKey);
  const sameModels = row.models.length === upstream.models.length && row.models.every((model, n) => model === upstream.models[n]);
  return sameCredential && sameModels && row.allow_private === upstream.allowPrivate && row.base_url === upstream.baseUrl.replace(/\/+$/, '');
}

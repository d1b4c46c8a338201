/** Upstreams as configuration: who answers for which models, and with which credential. */
import type { AdministrativeEvent } from '#evidence/index.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import { seal } from '#platform/crypto/sealing.ts';
import type { HttpServer } from '#platform/http/index.ts';
import type { Log } from '#platform/log.ts';
import type { Secret } from '#platform/secret.ts';
import type { CredentialsSection, UpstreamEntry } from '../../shapes.ts';
import type { UpstreamContext } from './change-upstreams.ts';
import { createCredentialVault } from './credential-vault.ts';
import { readDeclaredUpstreams } from './environment.ts';
import { ensureSandbox, reconcileEnvironment } from './reconcile.ts';
import { createRoutes, type ReadHealth } from './routes.ts';
import { readUpstreams } from './store.ts';
import type { UpstreamTables } from './tables.ts';

export type { ReadHealth, UpstreamHealth } from './routes.ts';

export interface Upstreams {
  /** Brings the built-in upstream and those of the environment (`SALLYPORT_UPSTREAM_…`) into the store. */
  prepare(environment: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** The snapshot's section. */
  section(): Promise<UpstreamEntry[]>;
  /**
   * The snapshot's credentials for one gateway: the only place where stored credentials are opened, and sealed again at once.
   * @param sealingKey the gateway's raw X25519 public key, base64url
   */
  credentialsFor(sealingKey: string): Promise<CredentialsSection>;
  readonly routes: (server: HttpServer) => void;
}

export interface UpstreamsNeeds {
  readonly database: Database;
  readonly log: Log;
  readonly recordEvent: (tx: Tx, event: AdministrativeEvent) => Promise<void>;
  /** 32 bytes, base64url: what stored credentials are encrypted with. */
  readonly keyEncryptionKey: Secret;
  /** 32 bytes, base64url: what placeholders are derived from. */
  readonly maskingKey: Secret;
  readonly readHealth: ReadHealth;
}

export function createUpstreams({ database, log, recordEvent, keyEncryptionKey, maskingKey, readHealth }: UpstreamsNeeds): Upstreams {
  const context: UpstreamContext = { database: database.withTables<UpstreamTables>(), vault: createCredentialVault(keyEncryptionKey), recordEvent };
  return {
    prepare: async (environment) => {
      await ensureSandbox(context);
      await reconcileEnvironment(context, readDeclaredUpstreams(environment), log);
    },
    section: async () =>
      (await readUpstreams(context.database.kysely)).map((row) => ({
        id: row.id, name: row.name, kind: row.kind, baseUrl: row.base_url, models: row.models, allowPrivate: row.allow_private, timeouts: row.timeouts,
        priority: row.priority, weight: row.weight, attempts: row.attempts, maxInFlight: row.max_in_flight, ...(row.api_version === null ? {} : { apiVersion: row.api_version }),
      })),
    credentialsFor: async (sealingKey) => ({
      upstreams: resealAll(context, await readUpstreams(context.database.kysely), { sealingKey, log }),
      maskingKey: seal(sealingKey, Buffer.from(maskingKey.reveal()), 'masking-key'),
    }),
    routes: createRoutes(context, readHealth),
  };
}

/** One credential that cannot be opened must not keep all others from the gateways; its upstream then refuses the calls. */
function resealAll(
  { vault }: UpstreamContext,
  rows: readonly { id: string; name: string; credential: string | null }[],
  { sealingKey, log }: { sealingKey: string; log: Log },
): Record<string, string> {
  const sealed: Record<string, string> = {};
  for (const { id, name, credential } of rows) {
    if (credential === null) continue;
    try {
      sealed[id] = vault.reseal(id, credential, sealingKey);
    } catch (error) {
      log.error({ upstream: name, reason: error instanceof Error ? error.message : 'unknown' }, 'a stored credential cannot be opened');
    }
  }
  return sealed;
}

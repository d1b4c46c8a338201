/** What the gateway uses of identity: pure, no database in reach. */
import { sha256Hex } from '#platform/crypto/digest.ts';
import type { Clock } from '#platform/clock.ts';
import type { ApplicationEntry, KeyEntry, Principal } from '../shapes.ts';

export interface Keyring {
  /**
   * Who calls with this key. The key is looked up by its SHA-256, so that nothing about a stored key shows in the time taken.
   * @returns undefined for a key that is unknown, expired, or bound to no application
   */
  identify(secret: string): Principal | undefined;
}

interface Holder {
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export function createKeyring(keys: readonly KeyEntry[], applications: readonly ApplicationEntry[], clock: Clock): Keyring {
  const byId = new Map(applications.map((application) => [application.id, application]));
  const holders = new Map<string, Holder>();
  for (const key of keys) {
    const application = byId.get(key.applicationId);
    if (application === undefined) continue;
    holders.set(key.hash, { principal: principalOf(key, application), expiresAt: expiryOf(key) });
  }
  return {
    identify: (secret) => {
      const holder = holders.get(sha256Hex(secret));
      return holder !== undefined && clock.now() < holder.expiresAt ? holder.principal : undefined;
    },
  };
}

const principalOf = (key: KeyEntry, application: ApplicationEntry): Principal => ({
  keyId: key.id,
  keyName: key.name,
  applicationId: application.id,
  applicationName: application.name,
  purpose: application.purpose,
});

/** A date that cannot be read has passed. */
function expiryOf({ expiresAt }: KeyEntry): number {
  if (expiresAt === null) return Number.POSITIVE_INFINITY;
  const time = Date.parse(expiresAt);
  return Number.isNaN(time) ? 0 : time;
}

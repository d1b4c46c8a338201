import { equalInConstantTime, sha256Hex } from '#platform/crypto/digest.ts';
import type { Secret } from '#platform/secret.ts';
import type { ControlPrincipal } from './principal.ts';
import { createToken } from './tokens.ts';

/**
 * The administrator of this machine: whoever can read the data folder. The credential is new at each start, is written to the
 * folder by the process that starts, and only its hash stays here.
 */
export interface LocalAdministrator {
  readonly token: Secret;
  identify(bearer: string): ControlPrincipal | undefined;
}

export function createLocalAdministrator(): LocalAdministrator {
  const { secret, hash } = createToken('spa_');
  const principal: ControlPrincipal = { type: 'local', id: 'local', name: 'local administrator', role: 'administrator' };
  return { token: secret, identify: (bearer) => (equalInConstantTime(sha256Hex(bearer), hash) ? principal : undefined) };
}

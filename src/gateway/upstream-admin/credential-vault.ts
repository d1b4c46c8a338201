import { equalInConstantTime } from '#platform/crypto/digest.ts';
import { decryptAesGcm, encryptAesGcm, seal } from '#platform/crypto/sealing.ts';
import { AppError } from '#platform/errors.ts';
import type { Secret } from '#platform/secret.ts';

/** Encrypts upstreams' credentials for the database, and hands them on sealed; nothing here ever gives one away in the clear. */
export interface CredentialVault {
  /** @returns base64url, bound to the upstream's id: moved to another row it does not open */
  encrypt(upstreamId: string, credential: Secret): string;
  /** Whether a stored credential is this one; what cannot be opened is not. */
  holds(upstreamId: string, stored: string, credential: Secret): boolean;
  /**
   * Opens a stored credential and seals it at once to a gateway's key (context `upstream:<id>`).
   * @throws AppError `credential_unreadable` when the key-encryption key is another one than it was stored under
   */
  reseal(upstreamId: string, stored: string, sealingKey: string): string;
}

const KEY_BYTES = 32;

/** @param keyEncryptionKey 32 bytes, base64url */
export function createCredentialVault(keyEncryptionKey: Secret): CredentialVault {
  const key = Buffer.from(keyEncryptionKey.reveal().trim(), 'base64url');
  if (key.length !== KEY_BYTES) throw new AppError(500, 'invalid_kek', 'The key-encryption key must be 32 bytes as base64url (SALLYPORT_KEK, or keys/kek in the data folder).');
  const context = (upstreamId: string) => `upstream-credential:${upstreamId}`;
  return {
    encrypt: (upstreamId, credential) => encryptAesGcm(key, Buffer.from(credential.reveal()), context(upstreamId)).toString('base64url'),
    holds: (upstreamId, stored, credential) => {
      try {
        return equalInConstantTime(decrypt(key, stored, context(upstreamId)).toString(), credential.reveal());
      } catch {
        return false;
      }
    },
    reseal: (upstreamId, stored, sealingKey) => {
      const plain = decrypt(key, stored, context(upstreamId));
      try {
        return seal(sealingKey, plain, `upstream:${upstreamId}`);
      } finally {
        plain.fill(0);
      }
    },
  };
}

function decrypt(key: Buffer, stored: string, context: string): Buffer {
  try {
    return decryptAesGcm(key, Buffer.from(stored, 'base64url'), context);
  } catch (cause) {
    throw new AppError(500, 'credential_unreadable', 'A stored credential cannot be opened: the key-encryption key is not the one it was stored under.', { cause });
  }
}

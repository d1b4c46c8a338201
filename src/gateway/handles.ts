/**
 * Ids of what a provider stores (responses, their items) as callers see them. All applications share the account at the provider, so
 * that whoever knew an id could read on in another's conversation: a handle names application, upstream and id, and opens for that application alone.
 */
import { createCipheriv, createHmac, hkdfSync } from 'node:crypto';
import { decryptAesGcm } from '#platform/crypto/sealing.ts';

export interface StoredObject {
  /** Id of the upstream that stores it. */
  readonly upstreamId: string;
  readonly id: string;
}

export interface Handles {
  /** The same object gets the same handle, so that the events of a stream stay in step. */
  seal(object: StoredObject): string;
  /** @returns undefined for what is not a handle of this application */
  open(handle: string): StoredObject | undefined;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const HANDLE_MAX = 2_000;
/** Client libraries tell by its first letters what an id is of. */
const KIND = /^[a-z]{1,16}_/;
const HANDLE = /^([a-z]{1,16}_)([\w-]+)$/;

/**
 * AES-256-GCM with a synthetic nonce, HMAC-SHA-256 of the plaintext under a second key: deterministic, and safe as long as two
 * different plaintexts do not share 96 bits of it (the idea of RFC 8452 and RFC 5297).
 *
 * @param maskingKey 32 bytes, the installation's
 */
export function createHandles(maskingKey: Uint8Array, applicationId: string): Handles {
  const keys = Buffer.from(hkdfSync('sha256', maskingKey, '', `sallyport handles v1 ${applicationId}`, 2 * KEY_BYTES));
  const [nonceKey, key] = [keys.subarray(0, KEY_BYTES), keys.subarray(KEY_BYTES)];
  return {
    seal: ({ upstreamId, id }) => {
      const kind = KIND.exec(id)?.[0] ?? 'id_';
      const plaintext = `${upstreamId}\n${id}`;
      const nonce = createHmac('sha256', nonceKey).update(`${kind}${plaintext}`).digest().subarray(0, NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(kind));
      return kind + Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open: (handle) => {
      const [, kind, box] = handle.length > HANDLE_MAX ? [] : (HANDLE.exec(handle) ?? []);
      if (kind === undefined || box === undefined) return undefined;
      try {
        const [upstreamId, id] = decryptAesGcm(key, Buffer.from(box, 'base64url'), kind).toString().split('\n', 2);
        return upstreamId === undefined || id === undefined ? undefined : { upstreamId, id };
      } catch {
        return undefined;
      }
    },
  };
}

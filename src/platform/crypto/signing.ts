import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';

/** An Ed25519 key pair (RFC 8032). */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The raw 32-byte public key, base64url. */
  readonly publicKey: string;
}

export function createSigningKey(): SigningKey {
  return signingKeyFrom(generateKeyPairSync('ed25519').privateKey);
}

/** @param pem PKCS #8 */
export function readSigningKey(pem: string): SigningKey {
  return signingKeyFrom(createPrivateKey(pem));
}

export const signingKeyPem = (key: SigningKey): string => key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** @returns base64url signature over the UTF-8 of the text */
export const signText = (key: SigningKey, text: string): string => sign(null, Buffer.from(text), key.privateKey).toString('base64url');

/** @param publicKey raw Ed25519 public key, base64url. A malformed key or signature is simply not valid. */
export function verifyText(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

function signingKeyFrom(privateKey: KeyObject): SigningKey {
  const jwk = privateKey.export({ format: 'jwk' });
  if (jwk.crv !== 'Ed25519' || !jwk.x) throw new TypeError('Expected an Ed25519 private key.');
  return { privateKey, publicKey: jwk.x };
}

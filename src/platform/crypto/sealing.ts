import {
  createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes, type KeyObject,
} from 'node:crypto';

/** An X25519 key pair (RFC 7748) to which others seal. */
export interface SealingKey {
  readonly privateKey: KeyObject;
  /** The raw 32-byte public key, base64url. */
  readonly publicKey: string;
}

const INFO = 'sallyport sealed box v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createSealingKey(): SealingKey {
  return sealingKeyFrom(generateKeyPairSync('x25519').privateKey);
}

/** @param pem PKCS #8 */
export function readSealingKey(pem: string): SealingKey {
  return sealingKeyFrom(createPrivateKey(pem));
}

export const sealingKeyPem = (key: SealingKey): string => key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/**
 * Seals to a public key that only its holder opens: ephemeral X25519, HKDF-SHA-256 over the shared secret salted with both
 * public keys, AES-256-GCM (the construction of RFC 9180 base mode without its framing).
 *
 * @param context bound as additional data: a box opened in another place than it was made for does not open
 * @returns base64url of ephemeral public key (32) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
 */
export function seal(recipient: string, plaintext: Uint8Array, context: string): string {
  const ephemeral = createSealingKey();
  const key = sharedKey(ephemeral.privateKey, recipient, ephemeral.publicKey, recipient);
  const box = encryptAesGcm(key, plaintext, context);
  return Buffer.concat([Buffer.from(ephemeral.publicKey, 'base64url'), box]).toString('base64url');
}

/** @throws Error when the box was not sealed to this key and context, or was altered */
export function open(recipient: SealingKey, box: string, context: string): Buffer {
  const bytes = Buffer.from(box, 'base64url');
  const ephemeral = bytes.subarray(0, 32).toString('base64url');
  const key = sharedKey(recipient.privateKey, ephemeral, ephemeral, recipient.publicKey);
  return decryptAesGcm(key, bytes.subarray(32), context);
}

/** AES-256-GCM with a random nonce. @returns nonce (12) ‖ ciphertext ‖ tag (16) */
export function encryptAesGcm(key: Uint8Array, plaintext: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when key or context differ or the box was altered */
export function decryptAesGcm(key: Uint8Array, box: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('The sealed value is too short.');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

function sharedKey(own: KeyObject, peer: string, ephemeralPublic: string, recipientPublic: string): Buffer {
  const peerKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: peer }, format: 'jwk' });
  const secret = diffieHellman({ privateKey: own, publicKey: peerKey });
  const salt = Buffer.concat([Buffer.from(ephemeralPublic, 'base64url'), Buffer.from(recipientPublic, 'base64url')]);
  return Buffer.from(hkdfSync('sha256', secret, salt, INFO, 32));
}

function sealingKeyFrom(privateKey: KeyObject): SealingKey {
  const jwk = privateKey.export({ format: 'jwk' });
  if (jwk.crv !== 'X25519' || !jwk.x) throw new TypeError('Expected an X25519 private key.');
  return { privateKey, publicKey: jwk.x };
}

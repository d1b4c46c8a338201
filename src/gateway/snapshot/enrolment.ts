import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSealingKey, readSealingKey, sealingKeyPem, type SealingKey } from '#platform/crypto/sealing.ts';
import { createSigningKey, readSigningKey, signingKeyPem, type SigningKey } from '#platform/crypto/signing.ts';
import { AppError } from '#platform/errors.ts';
import { replaceFile } from '#platform/replace-file.ts';
import type { ControlClient } from '../control-client.ts';
import type { EnrolmentAnswer } from '../protocol.ts';

/** What makes this process the gateway that control knows. */
export interface Enrolment {
  readonly gateway: string;
  readonly name: string;
  readonly bearer: string;
  readonly installation: string;
  /** Control's raw Ed25519 public key, pinned at enrolment. */
  readonly controlKey: string;
  readonly signingKey: SigningKey;
  readonly sealingKey: SealingKey;
}

interface StoredEnrolment {
  readonly format: 1;
  readonly answer: EnrolmentAnswer;
  readonly signingKey: string;
  readonly sealingKey: string;
}

const FILE = 'enrolment.json';
/** Where whoever starts a gateway leaves a one-time token for it; removed once it was used. */
export const TOKEN_FILE = 'enrolment-token';

/** @returns `undefined` when this folder's gateway was never enrolled @throws AppError `enrolment_unreadable` */
export function readEnrolment(folder: string): Enrolment | undefined {
  const file = join(folder, FILE);
  if (!existsSync(file)) return undefined;
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as StoredEnrolment;
    return toEnrolment(stored.answer, readSigningKey(stored.signingKey), readSealingKey(stored.sealingKey));
  } catch (cause) {
    throw new AppError(500, 'enrolment_unreadable', `The gateway's identity in ${file} cannot be read. Remove the file and enrol the gateway anew.`, { cause });
  }
}

/**
 * Makes the gateway's keys, trades a one-time token for an identity, and keeps both in the folder before they are used.
 *
 * @throws ControlError when control does not take the token or cannot be reached
 */
export async function enrol(folder: string, control: Pick<ControlClient, 'enrol'>, { token, name }: { token: string; name: string }): Promise<Enrolment> {
  const signingKey = createSigningKey();
  const sealingKey = createSealingKey();
  const answer = await control.enrol({ token, name, signingKey: signingKey.publicKey, sealingKey: sealingKey.publicKey });
  const stored: StoredEnrolment = { format: 1, answer, signingKey: signingKeyPem(signingKey), sealingKey: sealingKeyPem(sealingKey) };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await replaceFile(join(folder, FILE), JSON.stringify(stored));
  return toEnrolment(answer, signingKey, sealingKey);
}

const toEnrolment = (answer: EnrolmentAnswer, signingKey: SigningKey, sealingKey: SealingKey): Enrolment => ({
  gateway: answer.gateway,
  name: answer.name,
  bearer: answer.bearer,
  installation: answer.installation,
  controlKey: answer.signingKey,
  signingKey,
  sealingKey,
});

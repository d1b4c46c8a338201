import { randomBytes } from 'node:crypto';
import type { Clock } from '#platform/clock.ts';
import { sha256Hex } from '#platform/crypto/digest.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import { unauthorised } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import type { Actor, Evidence } from '#evidence/index.ts';
import type { EnrolmentAnswer, EnrolmentRequest } from '../protocol.ts';
import { insertGateway, insertToken, nameGateway, useToken } from './store.ts';
import type { GatewayTables } from './tables.ts';

export interface EnrolmentNeeds {
  readonly database: Database<GatewayTables>;
  readonly evidence: Pick<Evidence, 'recordEvent'>;
  readonly clock: Clock;
  readonly installation: string;
  /** Control's raw Ed25519 public key, which the gateway will pin. */
  readonly publicKey: string;
}

export interface IssuedToken {
  /** Shown once; its hash is kept. */
  readonly token: string;
  readonly expiresAt: string;
}

const TOKEN_LIFE_MS = 15 * 60_000;
const SECRET_BYTES = 32;

const newSecret = (prefix: string): string => `${prefix}${randomBytes(SECRET_BYTES).toString('base64url')}`;
const iso = (ms: number): string => new Date(ms).toISOString();

/** Makes a token that enrols one gateway, once, within 15 minutes. @param name what the gateway will be called */
export async function issueToken({ database, evidence, clock }: EnrolmentNeeds, name: string, actor: Actor): Promise<IssuedToken> {
  const token = newSecret('spe_');
  const now = clock.now();
  const expiresAt = iso(now + TOKEN_LIFE_MS);
  await database.transaction(async (tx) => {
    await insertToken(tx, { hash: sha256Hex(token), name, created_at: iso(now), expires_at: expiresAt });
    await evidence.recordEvent(tx as Tx, { actor, action: 'gateway.token_issued', subject: { type: 'gateway', id: name, name } });
  });
  return { token, expiresAt };
}

/**
 * Trades a one-time token for a gateway's identity.
 *
 * @throws AppError `enrolment_token_invalid` (401) for a token that is unknown, used or expired: which of them is not told
 */
export async function enrolGateway({ database, evidence, clock, installation, publicKey }: EnrolmentNeeds, request: EnrolmentRequest): Promise<EnrolmentAnswer> {
  const gateway = newId();
  const bearer = newSecret('spg_');
  const now = iso(clock.now());
  const name = await database.transaction(async (tx) => {
    await insertGateway(tx, { id: gateway, bearer_hash: sha256Hex(bearer), signing_key: request.signingKey, sealing_key: request.sealingKey, enrolled_at: now });
    const given = await useToken(tx, sha256Hex(request.token), { now, gateway });
    if (given === undefined) throw unauthorised('enrolment_token_invalid', 'The enrolment token is unknown, used or expired. Ask for a new one.');
    await nameGateway(tx, gateway, given);
    await evidence.recordEvent(tx as Tx, { actor: { type: 'system', id: gateway, name: given }, action: 'gateway.enrolled', subject: { type: 'gateway', id: gateway, name: given } });
    return given;
  });
  return { gateway, name, bearer, installation, signingKey: publicKey };
}

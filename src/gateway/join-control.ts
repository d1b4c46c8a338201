import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#platform/errors.ts';
import type { Log } from '#platform/log.ts';
import { backoffMs } from './backoff.ts';
import { ControlError, type ControlClient } from './control-client.ts';
import { enrol, readEnrolment, TOKEN_FILE, type Enrolment } from './snapshot/enrolment.ts';

export interface JoinNeeds {
  /** The gateway's folder: its identity, and a one-time token where the one that started it left one. */
  readonly folder: string;
  readonly control: Pick<ControlClient, 'enrol'>;
  readonly name: string;
  /** Used only when the folder holds no identity, so that a command line may go on naming a token that is used up. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * The gateway's identity: the one that its folder holds, or a new one for a one-time token. While control is away it goes on trying.
 *
 * @returns `undefined` when it was aborted
 * @throws AppError `not_enrolled` without identity and token, `enrolment_refused` when control does not take the token
 */
export async function joinControl({ folder, control, name, token: given, signal, log }: JoinNeeds): Promise<Enrolment | undefined> {
  const tokenFile = join(folder, TOKEN_FILE);
  const known = readEnrolment(folder);
  const token = existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : known ? undefined : given;
  if (token === undefined) {
    if (known) return known;
    throw new AppError(401, 'not_enrolled', 'This gateway has no identity yet. Make a token (sallyport gateways token NAME) and start it with --token.');
  }
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const enrolment = await enrol(folder, control, { token, name });
      rmSync(tokenFile, { force: true });
      log.info({ gateway: enrolment.gateway }, 'enrolled');
      return enrolment;
    } catch (error) {
      if (error instanceof ControlError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        throw new AppError(401, 'enrolment_refused', `Control did not enrol this gateway: ${error.message}`, { cause: error });
      }
      if (failures === 1) log.warn({ err: error }, 'control cannot be reached to enrol: trying on');
      await delay(backoffMs(failures), undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { signText, type SigningKey } from '#platform/crypto/signing.ts';
import type { Log } from '#platform/log.ts';
import type { RecordBatch } from '../../shapes.ts';
import { backoffMs } from '../backoff.ts';
import { ControlError, type ControlClient } from '../control-client.ts';
import { LIMITS, signedTextOf } from '../protocol.ts';
import type { PendingBatch } from './outbox.ts';
import type { Spool } from './spool.ts';

export interface SenderNeeds {
  readonly spool: Pick<Spool, 'nextBatch' | 'acknowledge' | 'onWritten'>;
  readonly control: Pick<ControlClient, 'sendRecords'>;
  /** Who signs. */
  readonly gateway: string;
  readonly signingKey: SigningKey;
  readonly log: Log;
}

export interface Sender {
  /** Sends without delay from now on and resolves when nothing is left, or at the limit. @returns whether nothing is left */
  flush(limitMs: number): Promise<boolean>;
  /** Stops; a batch that is under way is given up, and sent again by whoever opens the spool next. */
  stop(): Promise<void>;
  state(): SenderState;
}

export interface SenderState {
  /** Control called a batch malformed: nothing more is sent until somebody looks. */
  readonly stopped: boolean;
  readonly failures: number;
}

/**
 * Records gather for so long before the first batch and after each that was not full: most of what a batch costs control does not depend on
 * how much is in it (measured at 1,000 records a second: 277 µs a record in batches as they came, 113 µs so).
 */
const GATHER_MS = 250;
/** Statuses by which control says that the batch itself is at fault, so that sending it again cannot help. */
const MALFORMED = new Set([400, 413, 415, 422]);

/** Sends what the spool holds to control, oldest first, one batch at a time, until it is stopped. */
export function startSender(needs: SenderNeeds): Sender {
  const { spool, log } = needs;
  const stopping = new AbortController();
  const hurrying = new AbortController();
  let wake = () => {};
  let written = false;
  let stopped = false;
  let failures = 0;
  spool.onWritten(() => {
    written = true;
    wake();
  });

  const ending = AbortSignal.any([stopping.signal, hurrying.signal]);
  /** Until something is written and has gathered; at once when hurrying. */
  const news = async () => {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (written || ending.aborted) resolve();
    });
    wake = () => {};
    await pause(GATHER_MS, ending);
  };
  const send = async (batch: PendingBatch) => {
    try {
      const acknowledged = await needs.control.sendRecords(encodeBatch(batch, needs.gateway, needs.signingKey), stopping.signal);
      if (acknowledged < batch.first + batch.count - 1) throw new ControlError(0, 'short_acknowledgement', 'Control acknowledged less than it was sent.');
      spool.acknowledge(batch);
      if (failures > 0) log.info('control takes records again');
      failures = 0;
    } catch (error) {
      if (error instanceof ControlError && MALFORMED.has(error.status)) {
        stopped = true;
        log.fatal({ code: error.code, epoch: batch.epoch, first: batch.first, count: batch.count }, 'control refused records as malformed: nothing more is sent, and the spool will fill');
        return;
      }
      failures += 1;
      if (failures === 1) log.warn({ err: error }, 'control does not take records: they are kept and sent later');
      await pause(backoffMs(failures), stopping.signal);
    }
  };
  const run = async () => {
    while (!stopping.signal.aborted && !stopped) {
      written = false;
      const batch = await spool.nextBatch();
      if (batch) {
        await send(batch);
        if (batch.count < LIMITS.batchRecords) await pause(GATHER_MS, ending);
      } else if (!hurrying.signal.aborted) await news();
      else if (!written) return;
    }
  };
  const running = run().catch((error: unknown) => {
    stopped = true;
    log.fatal({ err: error }, 'the spool cannot be read: nothing more is sent');
  });

  const flush = async (limitMs: number) => {
    // Whatever was looked for before this call is looked for again.
    written = true;
    hurrying.abort();
    wake();
    await Promise.race([running, delay(limitMs, undefined, { ref: false })]);
    return (await spool.nextBatch()) === undefined;
  };
  return {
    flush,
    stop: async () => {
      stopping.abort();
      wake();
      await running;
    },
    state: () => ({ stopped, failures }),
  };
}

/** A batch as it goes over the wire: its signed description, then the spool's lines as they are. */
export function encodeBatch({ epoch, first, count, final, lines }: PendingBatch, gateway: string, signingKey: SigningKey): Buffer {
  const unsigned = { format: 1, gateway, epoch, first, count, final, digest: `sha256:${hash('sha256', lines, 'hex')}` } as const;
  const batch: RecordBatch = { ...unsigned, signature: signText(signingKey, signedTextOf(unsigned)) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(batch)}\n`), lines]);
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { AppError } from '#platform/errors.ts';
import type { Log } from '#platform/log.ts';
import { isAlive } from '#platform/process-identity.ts';
import { replaceFileSync } from '#platform/replace-file.ts';
import { VERSION } from '#platform/version.ts';
import { backoffMs } from '../backoff.ts';
import { readProcessFile, type GatewayProcess } from '../process-file.ts';
import { readEnrolment, TOKEN_FILE } from '../snapshot/enrolment.ts';
import { listSegments } from '../spool/segment-files.ts';
import type { Gateways } from './gateways.ts';
import { checkPortIsFree } from './port-check.ts';
import { adoptWorker, spawnWorker, type SpawnOptions, type WorkerProcess } from './worker-process.ts';

export interface SupervisorNeeds {
  /** One folder a gateway is made in it. */
  readonly folder: string;
  /** Where gateways of this machine reach control. */
  readonly controlUrl: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly workers: number;
  readonly durability: 'batch' | 'sync';
  readonly gateways: Pick<Gateways, 'createEnrolmentToken' | 'isEnrolled'>;
  readonly log: Log;
}

/** Runs this machine's gateway processes. */
export interface Supervisor {
  /**
   * Resolves when every gateway enforces a snapshot. Gateways that outlived an earlier control are taken over as they are where they
   * fit, and asked to drain and replaced where they do not.
   * @throws AppError as the first gateway that cannot start tells
   */
  start(): Promise<{ readonly port: number }>;
  /** Drains and ends all of them. */
  stop(): Promise<void>;
}

/** Longer than a gateway takes by itself: 30 s for what is in flight and 5 s for its spool. */
const DRAIN_MS = 40_000;
/** A gateway that lived so long did not fail at its start: the next failure counts as the first. */
const STEADY_MS = 60_000;
const CAN_SHARE_PORT = process.platform === 'linux';

export function createSupervisor(needs: SupervisorNeeds): Supervisor {
  const { folder, log } = needs;
  const workers = CAN_SHARE_PORT ? needs.workers : 1;
  const running = new Map<number, WorkerProcess>();
  const control = pathToFileURL(join(folder, 'control.url')).href;
  const stopping = new AbortController();
  let port = needs.port;

  const settingsOf = (slot: number, flushOnly = false): SpawnOptions => ({
    folder: slotFolder(folder, slot), name: `local-${slot}`, control, host: needs.host, port, reusePort: workers > 1, durability: needs.durability, flushOnly,
  });
  /** Starts the slot's process again whenever it ends, until we stop. */
  const keepAlive = async (slot: number, first: { process: WorkerProcess; since: number }) => {
    let { process, since } = first;
    for (let failures = 0; ; ) {
      await process.ended;
      if (stopping.signal.aborted) return;
      failures = Date.now() - since > STEADY_MS ? 1 : failures + 1;
      log.error({ slot, pid: process.pid, failures }, 'a gateway process ended: it is started again');
      await delay(backoffMs(failures), undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      process = spawnWorker(settingsOf(slot), (message) => log.info({ slot, ...message }, 'gateway'));
      since = Date.now();
      running.set(slot, process);
    }
  };
  /** Takes over what runs as we would run it, and drains what does not. @returns the slots that nobody runs */
  const takeOver = async (): Promise<number[]> => {
    const missing: number[] = [];
    for (let slot = 1; slot <= workers; slot += 1) {
      const settings = settingsOf(slot);
      const found = livingProcess(settings.folder);
      if (found && fits(found, settings) && (await isEnrolled(settings.folder, needs.gateways))) {
        log.info({ slot, pid: found.pid }, 'a gateway that outlived its control is taken over');
        port = found.settings.port;
        running.set(slot, adoptWorker(found));
        void keepAlive(slot, { process: running.get(slot)!, since: Date.now() });
      } else {
        missing.push(slot);
      }
    }
    const misfits = [...missing, ...slotsBeyond(folder, workers)].flatMap((slot) => livingProcess(slotFolder(folder, slot)) ?? []);
    await Promise.all(misfits.map((found) => drain(adoptWorker(found), log)));
    return missing;
  };
  const startSlot = async (slot: number) => {
    const settings = settingsOf(slot);
    mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
    await provideToken(settings, needs.gateways);
    port = await startAndWait(settings, (worker) => running.set(slot, worker));
    void keepAlive(slot, { process: running.get(slot)!, since: Date.now() });
  };
  const startMissing = async (missing: readonly number[]) => {
    // The first one settles the port that the others join.
    const first = running.size === 0 ? missing.slice(0, 1) : [];
    if (first.length > 0) await checkPortIsFree(needs.host, port);
    for (const slot of first) await startSlot(slot);
    await Promise.all(missing.slice(first.length).map(startSlot));
  };
  /** What a gateway that no longer runs recorded and did not send must still reach control. */
  const emptySlot = async (slot: number) => {
    const settings = settingsOf(slot, true);
    const spool = join(settings.folder, 'spool');
    if (!existsSync(spool) || listSegments(spool).length === 0) return;
    await provideToken(settings, needs.gateways);
    running.set(slot, spawnWorker(settings, (message) => log.info({ slot, ...message }, 'gateway')));
  };
  const stop = async () => {
    stopping.abort();
    await Promise.all([...running.values()].map((worker) => drain(worker, log)));
  };

  return {
    async start() {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      replaceFileSync(join(folder, 'control.url'), needs.controlUrl);
      try {
        await startMissing(await takeOver());
        await Promise.all(slotsBeyond(folder, workers).map(emptySlot));
      } catch (error) {
        await stop();
        throw error;
      }
      return { port };
    },
    stop,
  };
}

const slotFolder = (folder: string, slot: number): string => join(folder, String(slot));

function livingProcess(folder: string): GatewayProcess | undefined {
  const found = readProcessFile(folder);
  return found && isAlive(found) ? found : undefined;
}

/** Whether a process that was found is as good as one that we would start. */
function fits({ settings }: GatewayProcess, wanted: SpawnOptions): boolean {
  const isListening = settings.port !== 0 && (wanted.port === 0 || settings.port === wanted.port);
  return isListening && settings.version === VERSION && settings.host === wanted.host && settings.reusePort === wanted.reusePort && settings.durability === wanted.durability;
}

async function drain(worker: WorkerProcess, log: Log): Promise<void> {
  worker.signal('SIGTERM');
  const limit = new AbortController();
  const isLate = delay(DRAIN_MS, true, { signal: limit.signal }).catch(() => false);
  if (await Promise.race([worker.ended.then(() => false), isLate])) {
    log.error({ pid: worker.pid }, 'a gateway process did not end in time and is killed: what it had open is recorded as interrupted');
    worker.signal('SIGKILL');
    await worker.ended;
  }
  limit.abort();
}

async function isEnrolled(folder: string, gateways: SupervisorNeeds['gateways']): Promise<boolean> {
  const enrolment = readEnrolment(folder);
  return enrolment !== undefined && gateways.isEnrolled(enrolment.gateway);
}

/** A gateway that this installation does not know, or that never was one, gets a token to enrol with. */
async function provideToken({ folder, name }: SpawnOptions, gateways: SupervisorNeeds['gateways']): Promise<void> {
  if (await isEnrolled(folder, gateways)) return;
  const { token } = await gateways.createEnrolmentToken(name);
  const file = join(folder, TOKEN_FILE);
  rmSync(file, { force: true });
  writeFileSync(file, token, { mode: 0o600, flag: 'wx' });
}

/** @returns the port, once the process enforces a snapshot */
function startAndWait(settings: SpawnOptions, onStart: (worker: WorkerProcess) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let port = 0;
    const worker = spawnWorker(settings, (message) => {
      if (message.event === 'listening') port = message.port;
      if (message.event === 'serving') resolve(port);
      if (message.event === 'failed') reject(new AppError(500, message.code, message.message));
    });
    onStart(worker);
    void worker.ended.then(() => reject(new AppError(500, 'gateway_failed', 'The gateway process ended before it served. The log above says why.')));
  });
}

/** Folders of gateways that no longer run because fewer are wanted. */
function slotsBeyond(folder: string, workers: number): number[] {
  return readdirSync(folder).map(Number).filter((slot) => Number.isInteger(slot) && slot > workers);
}

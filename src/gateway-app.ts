/** Builds the data plane: a gateway process with its spool, its snapshot and its link to control. */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  createControlClient, createExchangeMetrics, createGateway, createSharedCounters, createSnapshotClient, joinControl, openSpool, registerGatewayMetrics, startHeartbeat, startSender, writeProcessFile,
  type ControlClient, type Durability, type Enrolment, type RecordSink, type Sender, type Spool, type WorkerMessage,
} from '#gateway/data-plane.ts';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { systemClock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import { createLog, type Log } from '#platform/log.ts';
import { listenForMetrics } from '#platform/metrics-listener.ts';
import { VERSION } from '#platform/version.ts';

export interface GatewayOptions {
  /** The gateway's own folder: identity, last snapshot, spool. */
  readonly data: string;
  /** URL of control, or `file://…` of a file that holds it (control may move). */
  readonly control: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** One-time enrolment token; needed at the first start alone. */
  readonly token?: string;
  readonly name?: string;
  /** Whether other gateways of this machine listen on the same port. */
  readonly reusePort?: boolean;
  /** Where metrics are given away on loopback; nowhere when absent. 0 lets the system choose. */
  readonly metricsPort?: number;
  /** `batch` (default): records survive a crash of any process; `sync`: also a power cut. */
  readonly durability?: Durability;
  /** `redis://…` or `rediss://…`: where gateways of several machines count together. */
  readonly redisUrl?: string;
}

export interface RunningGateway {
  /** URL that applications call, without `/v1`. */
  readonly gateway: string;
  /** Stops accepting, lets exchanges end, sends the records to control, and gives the folder back. */
  stop(): Promise<void>;
}

const DRAIN_MS = 30_000;
const FLUSH_MS = 5_000;
/** Nobody waits for a gateway that only empties its spool; it ends when control has been away for so long. */
const FLUSH_ONLY_MS = 10 * 60_000;

/**
 * Starts a gateway; resolves when it listens. Until a snapshot is in force it refuses every exchange. Where it is started by control's
 * supervisor, it tells of its progress over the process's channel.
 *
 * @throws AppError `folder_in_use` (409), `address_in_use` (409)
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const log = createLog('gateway');
  endOnFailure(log);
  try {
    return await start(options, log);
  } catch (error) {
    tellFailure(error);
    throw error;
  }
}

/** Sends what a gateway that no longer serves has left in its folder. */
export async function flushSpool(options: GatewayOptions): Promise<void> {
  const log = createLog('gateway');
  endOnFailure(log);
  const folder = resolve(options.data);
  const spool = await openOwnSpool(folder, options, log);
  const link = createLink(folder, options, log);
  const enrolment = await link.join();
  if (enrolment) {
    const sender = sendRecords(spool, link.control, { enrolment, log });
    spool.end();
    if (!(await sender.flush(FLUSH_ONLY_MS))) log.error('records of a gateway that no longer runs are still unsent');
    await sender.stop();
  }
  await link.close();
  await spool.release();
}

async function start(options: GatewayOptions, log: Log): Promise<RunningGateway> {
  const folder = resolve(options.data);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { host, reusePort = false, durability = 'batch' } = options;
  const spool = await openOwnSpool(folder, options, log);
  const note = (port: number) => writeProcessFile(folder, { version: VERSION, host, port, reusePort, durability });
  note(0);
  const link = createLink(folder, options, log);
  const snapshots = createSnapshotClient({ folder, control: link.control, clock: systemClock, log });
  const counters = await createSharedCounters({ machine: reusePort ? dirname(folder) : undefined, redisUrl: options.redisUrl, log });
  const leaseBudgets = link.control.leaseBudgets;
  const registry = options.metricsPort === undefined ? undefined : new Registry();
  const records = registry === undefined ? spool : measureRecords(spool, registry);
  const gateway = createGateway({ snapshots, records, log, software: VERSION, leaseBudgets, ...(counters ? { counters } : {}) });
  const port = await gateway.listen({ host, port: options.port, reusePort }).catch((error: unknown) => refuseTakenPort(error, options));
  const removeNote = note(port);
  tell({ event: 'listening', port });
  let isServing = false;
  snapshots.onChange(() => {
    if (!isServing) tell({ event: 'serving' });
    isServing = true;
  });

  let sender: Sender | undefined;
  let stopHeartbeat = () => {};
  const follow = (enrolment: Enrolment) => {
    const sending = sendRecords(spool, link.control, { enrolment, log });
    sender = sending;
    snapshots.start(enrolment);
    const state = () => ({ ...gateway.state(), version: VERSION, serial: snapshots.serial(), epoch: spool.epoch, spool: { ...spool.state(), stopped: sending.state().stopped } });
    stopHeartbeat = startHeartbeat({ control: link.control, state, log });
    if (registry !== undefined) registerGatewayMetrics(registry, () => [{ gateway: options.name ?? hostname(), state: state() }]);
  };
  const metrics = registry === undefined ? undefined : await listenForMetrics(registry, options.metricsPort ?? 0);
  link.join().then((enrolment) => { if (enrolment) follow(enrolment); }, (error: unknown) => end(log, error));

  return {
    gateway: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    stop: async () => {
      // Nobody takes over a process that is about to end.
      note(0);
      if (!(await gateway.drain(DRAIN_MS))) log.warn('exchanges that did not end in time are broken off');
      await gateway.close();
      spool.end();
      if (sender && !(await sender.flush(FLUSH_MS))) log.warn('records are left in the spool: they are sent at the next start');
      stopHeartbeat();
      await metrics?.close();
      await Promise.all([sender?.stop(), snapshots.stop(), link.close()]);
      await spool.release();
      removeNote();
    },
  };
}

const openOwnSpool = (folder: string, { durability = 'batch' }: GatewayOptions, log: Log): Promise<Spool> =>
  openSpool({ folder: join(folder, 'spool'), durability, software: VERSION, log, onFailure: (error) => end(log, error) });

/** Counts what is recorded, so that the way of an exchange knows nothing of metrics. */
function measureRecords(spool: Spool, registry: Registry): RecordSink {
  collectDefaultMetrics({ register: registry });
  const observe = createExchangeMetrics(registry);
  return {
    open: (record) => spool.open(record),
    close: (record) => {
      const written = spool.close(record);
      observe(record);
      return written;
    },
  };
}

const sendRecords = (spool: Spool, control: ControlClient, { enrolment, log }: { enrolment: Enrolment; log: Log }): Sender =>
  startSender({ spool, control, gateway: enrolment.gateway, signingKey: enrolment.signingKey, log });

interface Link {
  readonly control: ControlClient;
  /** The gateway's identity; `undefined` when the link was closed before there was one. */
  join(): Promise<Enrolment | undefined>;
  close(): Promise<void>;
}

function createLink(folder: string, { control: url, token, name = hostname() }: GatewayOptions, log: Log): Link {
  if (isClearText(url)) log.warn('control is reached without TLS: who listens on the way reads the gateway\'s secret. Use https:// beyond this machine.');
  const closing = new AbortController();
  let bearer: string | undefined;
  const control = createControlClient({ control: url, bearer: () => bearer });
  return {
    control,
    async join() {
      const enrolment = await joinControl({ folder, control, name, token, signal: closing.signal, log });
      bearer = enrolment?.bearer;
      return enrolment;
    },
    close: async () => {
      closing.abort();
      await control.close();
    },
  };
}

/** A URL in a file was put there by control itself, on this machine. */
function isClearText(url: string): boolean {
  const { protocol, hostname: host } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
}

function refuseTakenPort(error: unknown, { host, port }: GatewayOptions): never {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  throw new AppError(409, 'address_in_use', `Port ${port} on ${host} is in use. Stop what listens there, or name another port.`);
}

/** A process that failed is never half alive: it ends, and whoever started it starts it again. */
function endOnFailure(log: Log): void {
  process.on('uncaughtException', (error) => end(log, error));
  process.on('unhandledRejection', (error) => end(log, error));
}

function end(log: Log, error: unknown): never {
  log.fatal({ err: error }, error instanceof AppError ? error.message : 'the gateway ends: something failed that must not');
  tellFailure(error);
  process.exit(1);
}

function tellFailure(error: unknown): void {
  const { code, message } = error instanceof AppError ? error : { code: 'gateway_failed', message: 'The gateway process failed at its start. The log says why.' };
  tell({ event: 'failed', code, message });
}

/** Control's supervisor may be gone; then nobody asks. */
function tell(message: WorkerMessage): void {
  if (!process.connected) return;
  process.channel?.unref();
  process.send?.(message, undefined, undefined, () => undefined);
}

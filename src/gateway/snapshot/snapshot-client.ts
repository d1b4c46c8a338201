import { setTimeout as delay } from 'node:timers/promises';
import { open } from '#platform/crypto/sealing.ts';
import type { Clock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import type { Log } from '#platform/log.ts';
import { Secret } from '#platform/secret.ts';
import type { SectionName, SignedManifest, Snapshot, SnapshotManifest, SnapshotSections } from '../../shapes.ts';
import { backoffMs } from '../backoff.ts';
import { ControlError, type ControlClient } from '../control-client.ts';
import type { SnapshotSource } from '../ports.ts';
import { LIMITS } from '../protocol.ts';
import type { Enrolment } from './enrolment.ts';
import { readHighestSerial, readStoredSnapshot, storeSnapshot, type SectionTexts } from './snapshot-file.ts';
import { expiryOf, SECTIONS, SnapshotError, verifyManifest, verifySection } from './verify-snapshot.ts';

export interface SnapshotClientNeeds {
  readonly folder: string;
  readonly control: Pick<ControlClient, 'snapshot' | 'section'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SnapshotClient extends SnapshotSource {
  /** Loads what the folder holds for this identity, enforces it, and from now on follows control. */
  start(enrolment: Enrolment): void;
  stop(): Promise<void>;
  /** Serial of the snapshot that was accepted last; 0 without one. */
  serial(): number;
}

interface Held {
  readonly snapshot: Snapshot;
  readonly texts: SectionTexts;
  readonly expiresAt: number;
}

/** Once a quarter of its life is over, a snapshot is asked for again, so that an unchanged one does not grow too old. */
const RENEW_SHARE = 4;

/**
 * Holds the last good snapshot: verified, kept on disk before it is used, and enforced while control is away until it is too old.
 */
export function createSnapshotClient(needs: SnapshotClientNeeds): SnapshotClient {
  const { folder, control, clock, log } = needs;
  const listeners: ((snapshot: Snapshot) => void)[] = [];
  const stopping = new AbortController();
  let enrolment: Enrolment | undefined;
  let highestSerial = 0;
  let held: Held | undefined;
  let announced = '';
  let following: Promise<void> = Promise.resolve();

  const isFresh = () => held !== undefined && clock.now() < held.expiresAt;
  const use = (next: Held) => {
    held = next;
    const content = contentOf(next.snapshot.manifest);
    if (!isFresh() || content === announced) return;
    announced = content;
    log.info({ serial: next.snapshot.manifest.serial }, 'a snapshot is in force');
    for (const listener of listeners) callListener(listener, next.snapshot, log);
  };
  const load = (own: Enrolment) => {
    try {
      highestSerial = readHighestSerial(folder, own.installation);
      const stored = readStoredSnapshot(folder);
      if (!stored) return;
      const manifest = verifyManifest(stored.signed, own, highestSerial);
      for (const name of SECTIONS) verifySection(manifest, name, stored.sections[name]);
      use(toHeld(manifest, stored.sections));
    } catch (error) {
      log.error({ err: error }, 'the snapshot on the disk is not used: waiting for control');
    }
  };
  const accept = async (signed: SignedManifest, own: Enrolment) => {
    const manifest = verifyManifest(signed, own, highestSerial);
    const sections = await fetchSections(control, manifest, held);
    highestSerial = manifest.serial;
    await storeSnapshot(folder, { signed, sections }, { installation: own.installation, serial: manifest.serial });
    use(toHeld(manifest, sections));
  };
  const follow = async (own: Enrolment) => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        const signed = await control.snapshot(askAfter(held, clock), LIMITS.waitSeconds, stopping.signal);
        if (signed) await accept(signed, own);
        if (failures > 0) log.info('control answers again');
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures += 1;
        report(error, failures, log);
        await delay(backoffMs(failures), undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };

  return {
    current: () => (isFresh() ? held?.snapshot : undefined),
    absence: () => (held ? 'snapshot_expired' : 'snapshot_missing'),
    onChange: (listener) => void listeners.push(listener),
    openCredential(sealed, purpose) {
      try {
        if (!enrolment) throw new Error('not enrolled');
        return new Secret(open(enrolment.sealingKey, sealed, purpose).toString('utf8'));
      } catch (cause) {
        throw new AppError(503, 'credential_unreadable', 'A credential in the snapshot cannot be opened by this gateway.', { internal: purpose, cause });
      }
    },
    start(own) {
      enrolment = own;
      load(own);
      following = follow(own);
    },
    async stop() {
      stopping.abort();
      await following;
    },
    serial: () => held?.snapshot.manifest.serial ?? 0,
  };
}

/** Just below the serial in force when that snapshot ought to be issued anew. */
function askAfter(held: Held | undefined, clock: Clock): number {
  if (!held) return -1;
  const { issuedAt, maxAgeSeconds, serial } = held.snapshot.manifest;
  const isOld = clock.now() - Date.parse(issuedAt) > (maxAgeSeconds * 1_000) / RENEW_SHARE;
  return isOld ? serial - 1 : serial;
}

async function fetchSections(control: Pick<ControlClient, 'section'>, manifest: SnapshotManifest, held: Held | undefined): Promise<SectionTexts> {
  const texts: Partial<Record<SectionName, string>> = {};
  for (const name of SECTIONS) {
    const { digest } = manifest.sections[name];
    const unchanged = held?.snapshot.manifest.sections[name].digest === digest;
    const text = unchanged ? held.texts[name] : await control.section(name, digest);
    if (!unchanged) verifySection(manifest, name, text);
    texts[name] = text;
  }
  return texts as SectionTexts;
}

function toHeld(manifest: SnapshotManifest, texts: SectionTexts): Held {
  const sections = Object.fromEntries(SECTIONS.map((name) => [name, JSON.parse(texts[name])])) as unknown as SnapshotSections;
  return { snapshot: { manifest, sections }, texts, expiresAt: expiryOf(manifest) };
}

const contentOf = ({ serial, sections }: SnapshotManifest): string => [serial, ...SECTIONS.map((name) => sections[name].digest)].join(' ');

function callListener(listener: (snapshot: Snapshot) => void, snapshot: Snapshot, log: Log): void {
  try {
    listener(snapshot);
  } catch (error) {
    log.error({ err: error }, 'a part of the gateway could not take the new snapshot');
  }
}

function report(error: unknown, failures: number, log: Log): void {
  if (error instanceof SnapshotError) return log.error({ code: error.code, err: error }, 'control sent a snapshot that is not accepted: the last good one stays in force');
  // The section was replaced while it was fetched: the next manifest names the new one.
  if (error instanceof ControlError && error.code === 'section_gone') return;
  if (failures === 1) log.warn({ err: error }, 'control does not answer: the last good snapshot stays in force');
}

import type { Clock } from '#platform/clock.ts';
import { canonicalJson } from '#platform/crypto/canonical-json.ts';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { signText, type SigningKey } from '#platform/crypto/signing.ts';
import { configurationVersion, type Database } from '#platform/database/index.ts';
import { AppError } from '#platform/errors.ts';
import type { Log } from '#platform/log.ts';
import type { CredentialsSection, SectionName, SignedManifest, SnapshotManifest, SnapshotSections } from '../../shapes.ts';

/** Where each section comes from. The modules that own it read it from their own tables. */
export type SectionSources = {
  readonly [Name in Exclude<SectionName, 'credentials'>]: () => Promise<SnapshotSections[Name]>;
} & {
  /** @param sealingKey the gateway's raw X25519 public key, base64url */
  credentialsFor(sealingKey: string): Promise<CredentialsSection>;
};

export interface SnapshotBuilderNeeds {
  readonly database: Database;
  readonly sections: SectionSources;
  readonly signingKey: SigningKey;
  readonly installation: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a gateway may enforce a snapshot without hearing from control; default one day. */
  readonly maxAgeSeconds?: number;
}

/** The gateway that a snapshot is made for. */
export interface Recipient {
  readonly id: string;
  readonly sealingKey: string;
}

export interface SnapshotBuilder {
  /** Reads the configuration and from now on watches it. */
  start(): Promise<void>;
  stop(): void;
  /** The configuration as it is now, signed, issued now. */
  manifestFor(recipient: Recipient): Promise<SignedManifest>;
  /** @throws AppError `section_gone` (404) when that digest is not the section's any more */
  section(recipient: Recipient, name: SectionName, digest: string): Promise<string>;
  /** Resolves when the serial is above `serial` (true), or after the wait (false). */
  waitBeyond(serial: number, waitMs: number): Promise<boolean>;
  serial(): number;
}

interface Section {
  readonly text: string;
  readonly digest: string;
}

interface Built {
  readonly serial: number;
  readonly sections: Readonly<Record<Exclude<SectionName, 'credentials'>, Section>>;
  /** By gateway; sealed when first asked for. */
  readonly credentials: Map<string, Promise<Section>>;
}

const POLL_MS = 500;
const MAX_AGE_SECONDS = 86_400;
const SHARED = ['keys', 'applications', 'policies', 'upstreams', 'detectors', 'limits'] as const;

/** Makes signed snapshots of the configuration. Sections are read once a version and shared by all gateways, credentials excepted. */
export function createSnapshotBuilder(needs: SnapshotBuilderNeeds): SnapshotBuilder {
  const { database, sections, log } = needs;
  const waiters = new Set<() => void>();
  let built: Built | undefined;
  let refreshing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let unsubscribe = () => {};
  let isFailing = false;

  const rebuild = async () => {
    // The version is read first: what is read after it is as new or newer, never older than it says.
    const serial = await configurationVersion(database.kysely);
    if (serial === built?.serial) return;
    built = { serial, sections: await readSections(sections), credentials: new Map() };
    for (const wake of waiters) wake();
  };
  /** At most one at a time; a change that comes amid one is seen by the poll or by the call that it triggers after. */
  const refresh = () => (refreshing ??= rebuild().finally(() => { refreshing = undefined; }));
  const watch = () => {
    refresh().then(() => { isFailing = false; }, (error: unknown) => {
      if (!isFailing) log.error({ err: error }, 'the configuration cannot be read: gateways keep the one that they have');
      isFailing = true;
    });
  };
  const current = (): Built => {
    if (!built) throw new AppError(503, 'snapshot_missing', 'The configuration was not read yet.');
    return built;
  };
  const credentials = (from: Built, { id, sealingKey }: Recipient): Promise<Section> => {
    const known = from.credentials.get(id);
    if (known) return known;
    const sealing = sections.credentialsFor(sealingKey).then(toSection);
    from.credentials.set(id, sealing);
    // A failure is not kept: the next request tries again.
    sealing.catch(() => from.credentials.delete(id));
    return sealing;
  };

  return {
    async start() {
      await refresh();
      unsubscribe = database.onConfigurationChange(() => void (refreshing ?? Promise.resolve()).catch(() => undefined).then(watch));
      timer = setInterval(watch, POLL_MS);
    },
    stop() {
      clearInterval(timer);
      unsubscribe();
      for (const wake of waiters) wake();
    },
    async manifestFor(recipient) {
      const from = current();
      const all = { ...from.sections, credentials: await credentials(from, recipient) };
      const manifest: SnapshotManifest = {
        format: 1,
        installation: needs.installation,
        gateway: recipient.id,
        serial: from.serial,
        issuedAt: new Date(needs.clock.now()).toISOString(),
        maxAgeSeconds: needs.maxAgeSeconds ?? MAX_AGE_SECONDS,
        sections: describeSections(all),
      };
      const text = canonicalJson(manifest);
      return { manifest: text, signature: signText(needs.signingKey, text) };
    },
    async section(recipient, name, digest) {
      const from = current();
      const found = name === 'credentials' ? await credentials(from, recipient) : from.sections[name];
      if (found.digest !== digest) throw new AppError(404, 'section_gone', 'The section has changed. Ask for the snapshot again.');
      return found.text;
    },
    async waitBeyond(serial, waitMs) {
      if (current().serial > serial) return true;
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(limit);
          waiters.delete(done);
          resolve();
        };
        const limit = setTimeout(done, waitMs);
        waiters.add(done);
      });
      return current().serial > serial;
    },
    serial: () => built?.serial ?? 0,
  };
}

async function readSections(sources: SectionSources): Promise<Built['sections']> {
  const entries = await Promise.all(SHARED.map(async (name) => [name, toSection(await sources[name]())] as const));
  return Object.fromEntries(entries) as unknown as Built['sections'];
}

function toSection(value: unknown): Section {
  const text = canonicalJson(value);
  return { text, digest: `sha256:${sha256Hex(text)}` };
}

const describeSections = (sections: Readonly<Record<SectionName, Section>>): SnapshotManifest['sections'] =>
  Object.fromEntries(Object.entries(sections).map(([name, { text, digest }]) => [name, { digest, bytes: Buffer.byteLength(text) }])) as unknown as SnapshotManifest['sections'];

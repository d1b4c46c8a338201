import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { canonicalJson } from '#platform/crypto/canonical-json.ts';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { createSealingKey, seal } from '#platform/crypto/sealing.ts';
import { createSigningKey, signText, type SigningKey } from '#platform/crypto/signing.ts';
import { createLog } from '#platform/log.ts';
import type { SectionName, SignedManifest, Snapshot, SnapshotManifest, SnapshotSections } from '../../shapes.ts';
import { ControlError } from '../control-client.ts';
import type { Enrolment } from './enrolment.ts';
import { createSnapshotClient, type SnapshotClient } from './snapshot-client.ts';

const INSTALLATION = '01936f00-0000-7000-8000-00000000000a';
const GATEWAY = '01936f00-0000-7000-8000-00000000000b';
const DAY_MS = 86_400_000;
const controlKey = createSigningKey();
const enrolment: Enrolment = {
  gateway: GATEWAY, name: 'test', bearer: 'spg_x', installation: INSTALLATION, controlKey: controlKey.publicKey, signingKey: createSigningKey(), sealingKey: createSealingKey(),
};
const log = createLog('test', 'silent');

interface Offer {
  readonly signed: SignedManifest;
  readonly sections: Record<SectionName, string>;
}

function offer(serial: number, changes: { manifest?: Record<string, unknown>; key?: SigningKey; keys?: SnapshotSections['keys']; issuedAt?: number } = {}): Offer {
  const content: SnapshotSections = {
    keys: changes.keys ?? [], applications: [], policies: [], upstreams: [], detectors: { disabled: [] }, limits: { limits: [], prices: [] },
    credentials: { upstreams: {}, maskingKey: seal(enrolment.sealingKey.publicKey, Buffer.from('masking'), 'masking-key') },
  };
  const sections = Object.fromEntries(Object.entries(content).map(([name, value]) => [name, canonicalJson(value)])) as Record<SectionName, string>;
  const digests = Object.fromEntries(Object.entries(sections).map(([name, text]) => [name, { digest: `sha256:${sha256Hex(text)}`, bytes: text.length }])) as unknown as SnapshotManifest['sections'];
  const manifest = canonicalJson({
    format: 1, installation: INSTALLATION, gateway: GATEWAY, serial, issuedAt: new Date(changes.issuedAt ?? now).toISOString(), maxAgeSeconds: 86_400, sections: digests, ...changes.manifest,
  });
  return { signed: { manifest, signature: signText(changes.key ?? controlKey, manifest) }, sections };
}

/** Control as far as the client sees it: one offer at a time, or nobody there. */
function createFakeControl() {
  let current: Offer | undefined;
  let wake = () => {};
  let last: Promise<unknown> = Promise.resolve();
  const asked: number[] = [];
  const fetched: SectionName[] = [];
  return {
    asked,
    fetched,
    show(next: Offer | undefined) {
      current = next;
      wake();
    },
    settled: () => last,
    snapshot: async (after: number, _wait: number, signal: AbortSignal): Promise<SignedManifest | undefined> => {
      asked.push(after);
      const isNew = () => current && JSON.parse(current.signed.manifest).serial > after;
      if (!isNew()) await new Promise<void>((resolve) => { wake = resolve; signal.addEventListener('abort', () => resolve()); });
      if (signal.aborted) throw new ControlError(0, 'control_unreachable', 'aborted');
      return isNew() ? current?.signed : undefined;
    },
    section: async (name: SectionName): Promise<string> => {
      fetched.push(name);
      return current?.sections[name] ?? '';
    },
  };
}

let now = 0;
let folder: string;
let control: ReturnType<typeof createFakeControl>;
const clients: SnapshotClient[] = [];

beforeEach(() => {
  now = Date.parse('2026-11-23T12:00:00Z');
  folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
  control = createFakeControl();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
  rmSync(folder, { recursive: true, force: true });
});

function start(own: Enrolment = enrolment): { client: SnapshotClient; seen: Snapshot[] } {
  const client = createSnapshotClient({ folder, control, clock: { now: () => now }, log });
  const seen: Snapshot[] = [];
  client.onChange((snapshot) => seen.push(snapshot));
  client.start(own);
  clients.push(client);
  return { client, seen };
}

const serialOf = (client: SnapshotClient) => client.current()?.manifest.serial;
const inForce = (client: SnapshotClient, serial: number) => vi.waitFor(() => expect(serialOf(client)).toBe(serial), { interval: 5 });
/** The client asked again, so that it is done with what it was shown. */
const askedAgain = async (since: number) => vi.waitFor(() => expect(control.asked.length).toBeGreaterThan(since), { interval: 5, timeout: 3_000 });

describe('a good snapshot', () => {
  it('comes in force, is announced once, and fetches only what changed', async () => {
    const { client, seen } = start();
    expect(client.absence()).toBe('snapshot_missing');
    control.show(offer(3));
    await inForce(client, 3);
    const before = control.fetched.length;
    const changed = offer(4, { keys: [{ id: 'k', name: 'k', hash: 'h', applicationId: 'a', expiresAt: null }] });
    control.show(changed);
    await inForce(client, 4);
    expect(client.current()?.sections.keys).toHaveLength(1);
    // The credentials are sealed anew each time.
    expect(control.fetched.slice(before)).toEqual(['keys', 'credentials']);
    expect(seen.map((snapshot) => snapshot.manifest.serial)).toEqual([3, 4]);
  });

  it('is enforced after a restart while control is away', async () => {
    control.show(offer(3));
    const first = start();
    await inForce(first.client, 3);
    await first.client.stop();
    control.show(undefined);
    const { client, seen } = start();
    expect(serialOf(client)).toBe(3);
    expect(seen).toHaveLength(1);
    expect(client.openCredential(client.current()!.sections.credentials.maskingKey, 'masking-key').reveal()).toBe('masking');
  });

  it('is too old after its age, is asked for again at a quarter of it, and comes back in force when it is issued anew', async () => {
    control.show(offer(3));
    const { client } = start();
    await inForce(client, 3);
    now += DAY_MS / 4 + 1_000;
    control.show(undefined);
    await askedAgain(control.asked.length - 1);
    await vi.waitFor(() => { control.show(undefined); expect(control.asked.at(-1)).toBe(2); }, { interval: 5 });
    now += DAY_MS;
    expect(client.current()).toBeUndefined();
    expect(client.absence()).toBe('snapshot_expired');
    control.show(offer(3));
    await inForce(client, 3);
  });
});

describe('a bad snapshot', () => {
  const tampered = (): Offer => {
    const good = offer(4);
    return { ...good, signed: { ...good.signed, manifest: good.signed.manifest.replace('"serial":4', '"serial":5') } };
  };
  const bad: [string, () => Offer][] = [
    ['of another signer', () => offer(4, { key: createSigningKey() })],
    ['altered after signing', tampered],
    ['of another installation', () => offer(4, { manifest: { installation: GATEWAY } })],
    ['made for another gateway', () => offer(4, { manifest: { gateway: INSTALLATION } })],
    ['of an unknown format', () => offer(4, { manifest: { format: 2 } })],
    ['without its sections', () => offer(4, { manifest: { sections: {} } })],
    ['without an age', () => offer(4, { manifest: { maxAgeSeconds: 0 } })],
    ['with a section that was altered', () => ({ ...offer(4), sections: { ...offer(4).sections, keys: '[{"id":"planted"}]' } })],
  ];
  it.each(bad)('%s is refused and the last good one stays', async (_name, make) => {
    control.show(offer(3));
    const { client, seen } = start();
    await inForce(client, 3);
    const asked = control.asked.length;
    control.show(make());
    await askedAgain(asked);
    expect(serialOf(client)).toBe(3);
    expect(seen).toHaveLength(1);
    control.show(offer(6));
    await vi.waitFor(() => expect(serialOf(client)).toBe(6), { timeout: 5_000 });
  });

  it('with an older serial is refused, also after a restart that lost the snapshot', async () => {
    control.show(offer(7));
    const first = start();
    await inForce(first.client, 7);
    await first.client.stop();
    rmSync(join(folder, 'snapshot.json'));
    control.show(offer(6));
    const { client } = start();
    await askedAgain(control.asked.length);
    expect(client.current()).toBeUndefined();
    control.show(offer(7));
    await vi.waitFor(() => expect(serialOf(client)).toBe(7), { timeout: 5_000 });
  });

  it('on the disk is not used', async () => {
    control.show(offer(3));
    const first = start();
    await inForce(first.client, 3);
    await first.client.stop();
    const file = join(folder, 'snapshot.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"disabled\\":[]', '"disabled\\":[1]'));
    control.show(undefined);
    expect(start().client.current()).toBeUndefined();
  });
});

describe('a credential', () => {
  it('opens for this gateway and purpose alone', async () => {
    const { client } = start();
    const box = seal(enrolment.sealingKey.publicKey, Buffer.from('sk-secret'), 'upstream:u1');
    expect(client.openCredential(box, 'upstream:u1').reveal()).toBe('sk-secret');
    const unreadable = expect.objectContaining({ code: 'credential_unreadable' });
    expect(() => client.openCredential(box, 'upstream:u2')).toThrow(unreadable);
    expect(() => client.openCredential(seal(createSealingKey().publicKey, Buffer.from('x'), 'upstream:u1'), 'upstream:u1')).toThrow(unreadable);
    expect(() => client.openCredential('AAAA', 'upstream:u1')).toThrow(unreadable);
  });
});

/** A snapshot made ready to enforce: everything that can be computed once is computed here, not in an exchange. */
import { createInspector } from '#inspection/index.ts';
import { createKeyring, type Keyring } from '#identity/data-plane.ts';
import { createPolicyEngine, type PolicyEngine } from '#policy/data-plane.ts';
import { deriveApplicationKey } from '#protection/index.ts';
import { AppError } from '#platform/errors.ts';
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/log.ts';
import type { Snapshot, Versions } from '../shapes.ts';
import { createHandles, type Handles } from './handles.ts';
import { createPartInspector, type PartInspector } from './inspect-parts.ts';
import { createLimitPlan, type LimitPlan } from './limits/plan.ts';
import type { SnapshotSource } from './ports.ts';
import type { Directories, Directory } from './upstreams/directory.ts';

export interface Enforcement {
  readonly keyring: Keyring;
  readonly policies: PolicyEngine;
  readonly inspection: PartInspector;
  readonly directory: Directory;
  readonly limits: LimitPlan;
  readonly versions: Versions;
  /** The key from which an application's placeholders are derived. */
  maskingKey(applicationId: string): ReturnType<typeof deriveApplicationKey>;
  /** Names of stored objects, as an application sees them. */
  handles(applicationId: string): Handles;
}

export interface EnforcementNeeds {
  readonly snapshots: SnapshotSource;
  readonly directories: Directories;
  readonly clock: Clock;
  readonly log: Log;
  /** Version of this software. */
  readonly software: string;
}

/**
 * @returns a function that answers with the enforcement of the snapshot in force; cheap while that stays the same.
 * It throws AppError `snapshot_missing`, `snapshot_expired` or `snapshot_unusable` (503).
 */
export function createEnforcementSource(needs: EnforcementNeeds): () => Enforcement {
  let built: { readonly snapshot: Snapshot; readonly enforcement: Enforcement | undefined } | undefined;

  const rebuild = (snapshot: Snapshot): Enforcement | undefined => {
    try {
      return build(needs, snapshot, built);
    } catch (error) {
      needs.log.error({ err: error, serial: snapshot.manifest.serial }, 'The snapshot cannot be enforced; every call is refused.');
      return undefined;
    }
  };
  const enforcement = (): Enforcement => {
    const snapshot = needs.snapshots.current();
    if (snapshot === undefined) throw unusable(needs.snapshots.absence());
    if (built?.snapshot !== snapshot) built = { snapshot, enforcement: rebuild(snapshot) };
    if (built.enforcement === undefined) throw unusable('snapshot_unusable');
    return built.enforcement;
  };
  needs.snapshots.onChange(() => {
    try {
      enforcement();
    } catch {
      // Said to the caller of the next exchange.
    }
  });
  return enforcement;
}

const UNUSABLE = {
  snapshot_missing: 'The gateway has no configuration yet.',
  snapshot_expired: "The gateway's configuration is too old; it has not heard from control for too long.",
  snapshot_unusable: "The gateway's configuration cannot be enforced.",
} as const;

const unusable = (code: keyof typeof UNUSABLE): AppError => new AppError(503, code, UNUSABLE[code]);

function build(needs: EnforcementNeeds, snapshot: Snapshot, last: { readonly snapshot: Snapshot; readonly enforcement: Enforcement | undefined } | undefined): Enforcement {
  const { sections, manifest } = snapshot;
  const isSame = (section: keyof typeof manifest.sections): boolean => last?.snapshot.manifest.sections[section].digest === manifest.sections[section].digest;
  const known = last?.enforcement;
  const policies = known !== undefined && isSame('policies') ? known.policies : createPolicyEngine(sections.policies, { log: needs.log });
  const inspection = known !== undefined && isSame('detectors') ? known.inspection : createPartInspector(createInspector(sections.detectors));
  const { upstreams: credentials, maskingKey } = sections.credentials;
  const secret = (): Buffer => Buffer.from(needs.snapshots.openCredential(maskingKey, 'masking-key').reveal());
  return {
    keyring: known !== undefined && isSame('keys') && isSame('applications') ? known.keyring : createKeyring(sections.keys, sections.applications, needs.clock),
    policies,
    inspection,
    directory: needs.directories.build(sections.upstreams, (id) => {
      const sealed = Object.hasOwn(credentials, id) ? credentials[id] : undefined;
      return sealed === undefined ? undefined : needs.snapshots.openCredential(sealed, `upstream:${id}`);
    }),
    limits: known !== undefined && isSame('limits') ? known.limits : createLimitPlan(sections.limits),
    versions: { software: needs.software, snapshotSerial: manifest.serial, policies: policies.digest, detectors: inspection.inspector.version },
    maskingKey: memoised((applicationId) => deriveApplicationKey(secret(), applicationId)),
    handles: memoised((applicationId) => createHandles(secret(), applicationId)),
  };
}

/** Applications are few, and the memory goes with the snapshot. */
function memoised<T>(derive: (id: string) => T): (id: string) => T {
  const known = new Map<string, T>();
  return (id) => {
    let value = known.get(id);
    if (value === undefined) known.set(id, (value = derive(id)));
    return value;
  };
}

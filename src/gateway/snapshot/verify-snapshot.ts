import { sha256Hex } from '#platform/crypto/digest.ts';
import { verifyText } from '#platform/crypto/signing.ts';
import type { SectionName, SignedManifest, SnapshotManifest } from '../../shapes.ts';
import type { Enrolment } from './enrolment.ts';

export type SnapshotFault =
  | 'signature_invalid' | 'malformed' | 'format_unknown' | 'other_installation' | 'other_gateway' | 'rolled_back' | 'section_altered';

/** A snapshot that must not be used: it is not control's, not for this gateway, older than one that was accepted, or altered. */
export class SnapshotError extends Error {
  readonly code: SnapshotFault;

  constructor(code: SnapshotFault, message: string) {
    super(message);
    this.name = 'SnapshotError';
    this.code = code;
  }
}

export const SECTIONS: readonly SectionName[] = ['keys', 'applications', 'policies', 'upstreams', 'detectors', 'limits', 'credentials'];

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Believes a manifest: signature first, then what it says of itself.
 *
 * @param highestSerial the highest serial that this gateway ever accepted
 * @throws SnapshotError
 */
export function verifyManifest(signed: SignedManifest, enrolment: Pick<Enrolment, 'controlKey' | 'installation' | 'gateway'>, highestSerial: number): SnapshotManifest {
  if (typeof signed.manifest !== 'string' || typeof signed.signature !== 'string') throw new SnapshotError('malformed', 'A signed manifest has a text and a signature.');
  if (!verifyText(enrolment.controlKey, signed.manifest, signed.signature)) throw new SnapshotError('signature_invalid', 'The manifest is not signed by the control that enrolled this gateway.');
  const manifest = parseManifest(signed.manifest);
  if (manifest.installation !== enrolment.installation) throw new SnapshotError('other_installation', 'The manifest belongs to another installation.');
  if (manifest.gateway !== enrolment.gateway) throw new SnapshotError('other_gateway', 'The manifest was made for another gateway.');
  if (manifest.serial < highestSerial) throw new SnapshotError('rolled_back', `Serial ${manifest.serial} is below ${highestSerial}, which was accepted before.`);
  return manifest;
}

/** @throws SnapshotError when the text is not the one that the manifest names */
export function verifySection(manifest: SnapshotManifest, name: SectionName, text: string): void {
  if (`sha256:${sha256Hex(text)}` !== manifest.sections[name].digest) throw new SnapshotError('section_altered', `The section ${name} is not the one that the manifest names.`);
}

/** Milliseconds since 1970 from which a snapshot no longer counts. */
export const expiryOf = (manifest: SnapshotManifest): number => Date.parse(manifest.issuedAt) + manifest.maxAgeSeconds * 1_000;

function parseManifest(text: string): SnapshotManifest {
  const value = JSON.parse(text) as Partial<SnapshotManifest>;
  if (value.format !== 1) throw new SnapshotError('format_unknown', 'This release understands snapshots of format 1.');
  const sectionsKnown = SECTIONS.every((name) => DIGEST.test(value.sections?.[name]?.digest ?? ''));
  const timesKnown = Number.isFinite(Date.parse(value.issuedAt ?? '')) && Number.isSafeInteger(value.maxAgeSeconds) && (value.maxAgeSeconds ?? 0) > 0;
  if (!sectionsKnown || !timesKnown || !Number.isSafeInteger(value.serial)) throw new SnapshotError('malformed', 'The manifest lacks a part that format 1 has.');
  return value as SnapshotManifest;
}

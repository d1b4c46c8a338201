import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '#platform/replace-file.ts';
import type { SectionName, SignedManifest } from '../../shapes.ts';

export type SectionTexts = Readonly<Record<SectionName, string>>;

/** A snapshot as it came from control, so that whoever reads it from the disk verifies it as if it came over the wire. */
export interface StoredSnapshot {
  readonly signed: SignedManifest;
  readonly sections: SectionTexts;
}

const SNAPSHOT = 'snapshot.json';
const SERIAL = 'highest-serial.json';

interface HighestSerial {
  readonly installation: string;
  readonly serial: number;
}

export function readStoredSnapshot(folder: string): StoredSnapshot | undefined {
  const file = join(folder, SNAPSHOT);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StoredSnapshot) : undefined;
}

/** The highest serial that was ever accepted from this installation; 0 when none was. */
export function readHighestSerial(folder: string, installation: string): number {
  const file = join(folder, SERIAL);
  if (!existsSync(file)) return 0;
  const highest = JSON.parse(readFileSync(file, 'utf8')) as HighestSerial;
  return highest.installation === installation ? highest.serial : 0;
}

/** The serial goes first: a crash between the two leaves a gateway that takes nothing older, and asks control again. */
export async function storeSnapshot(folder: string, snapshot: StoredSnapshot, highest: HighestSerial): Promise<void> {
  await replaceFile(join(folder, SERIAL), JSON.stringify(highest));
  await replaceFile(join(folder, SNAPSHOT), JSON.stringify(snapshot));
}

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess, type ProcessIdentity } from '#platform/process-identity.ts';
import { replaceFileSync } from '#platform/replace-file.ts';

/** What a gateway process was started as; what control compares when it finds one that it did not start. */
export interface GatewaySettings {
  readonly version: string;
  readonly host: string;
  /** Where it listens; 0 until it does. */
  readonly port: number;
  readonly reusePort: boolean;
  readonly durability: 'batch' | 'sync';
}

export interface GatewayProcess extends ProcessIdentity {
  readonly settings: GatewaySettings;
}

const FILE = 'process.json';

/** What a gateway process tells the one that started it, over their channel. */
export type WorkerMessage =
  | { readonly event: 'listening'; readonly port: number }
  | { readonly event: 'serving' }
  | { readonly event: 'failed'; readonly code: string; readonly message: string };

/** Notes in the gateway's folder which process runs it. @returns removes the note */
export function writeProcessFile(folder: string, settings: GatewaySettings): () => void {
  const file = join(folder, FILE);
  replaceFileSync(file, JSON.stringify({ ...thisProcess(), settings } satisfies GatewayProcess));
  return () => rmSync(file, { force: true });
}

/** Who was last noted as running the gateway of this folder; it may be long gone. */
export function readProcessFile(folder: string): GatewayProcess | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as GatewayProcess;
  } catch {
    // Not there, or not from this release: nothing that could be adopted.
    return undefined;
  }
}

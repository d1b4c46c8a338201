/** What makes an installation itself: its keys, and its claim on a database. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createSigningKey, readSigningKey, signingKeyPem, type SigningKey } from './crypto/signing.ts';
import type { Database } from './database/index.ts';
import { conflict } from './errors.ts';
import { newId } from './ids.ts';
import { readOrCreateKeyFile } from './key-file.ts';
import { Secret } from './secret.ts';

export interface InstallationKeys {
  readonly installation: string;
  /** Signs what goes to gateways. */
  readonly signing: SigningKey;
  /** Placeholders are derived from it. */
  readonly masking: Secret;
  /** Stored credentials are encrypted with it. */
  readonly encryption: Secret;
}

/** The keys are made at the first start. Control processes that share a database share this folder's files too. */
export function readInstallationKeys(data: string): InstallationKeys {
  const read = (name: string, make: () => string) => readOrCreateKeyFile(join(data, 'keys', name), make);
  const newKey = () => randomBytes(32).toString('base64url');
  return {
    installation: read('installation', newId),
    signing: readSigningKey(read('signing.pem', () => signingKeyPem(createSigningKey()))),
    masking: new Secret(read('masking', newKey)),
    encryption: new Secret(process.env['SALLYPORT_KEK'] ?? read('kek', newKey)),
  };
}

/**
 * Sees that the database is this installation's. With other keys the gateways would believe nothing that we say, and no stored
 * credential would open: better not to start.
 *
 * @throws AppError `installation_mismatch` (409)
 */
export async function claimDatabase(database: Database, { installation, signing }: InstallationKeys): Promise<void> {
  await sql`insert into platform.installation (id, signing_key) values (${installation}, ${signing.publicKey}) on conflict do nothing`.execute(database.kysely);
  const { rows } = await sql<{ id: string; signing_key: string }>`select id, signing_key from platform.installation`.execute(database.kysely);
  if (rows[0]?.id === installation && rows[0].signing_key === signing.publicKey) return;
  throw conflict('installation_mismatch', 'This database belongs to an installation with other keys. Copy the folder `keys` of its data folder into this one, or name another database.');
}

/**
 * What the data path needs from the rest of the gateway process. The path knows nothing of control, files or keys:
 * it is given a snapshot to enforce and a sink that records, and refuses to work without either.
 */
import type { ClosedRecord, OpenedRecord, Snapshot } from '../shapes.ts';
import type { Secret } from '#platform/secret.ts';

/**
 * Where records of exchanges go. Both methods have written the record when they return (or, where durability is `sync`,
 * when the promise that they return settles): what the caller was answered is never ahead of what is recorded.
 */
export interface RecordSink {
  /**
   * Records an exchange that is about to be dispatched.
   * @throws AppError `spool_full` (503) when no room is left for a new exchange; it is then not dispatched.
   */
  open(record: OpenedRecord): void | Promise<void>;
  /**
   * Records the end of an exchange, or a refusal that was never opened. Room is kept for the end of what is open.
   * @throws AppError `spool_full` (503) for a refusal that was never opened when no room is left.
   */
  close(record: ClosedRecord): void | Promise<void>;
}

/** Where the configuration to enforce comes from. */
export interface SnapshotSource {
  /** The snapshot in force; `undefined` when there is none or when it is past its `maxAgeSeconds`. Cheap: asked for every exchange. */
  current(): Snapshot | undefined;
  /** Why `current()` answers `undefined`: none was ever received, or the last one is too old. */
  absence(): 'snapshot_missing' | 'snapshot_expired';
  /** Called with each snapshot when it comes in force, never with one whose content was already announced. */
  onChange(listener: (snapshot: Snapshot) => void): void;
  /**
   * Opens a value that was sealed to this gateway.
   * @param sealed as it stands in `CredentialsSection`
   * @param purpose what the value is: `upstream:<upstream id>` (a credential), or `masking-key` (the 32 bytes as base64url)
   * @throws AppError `credential_unreadable` when it was sealed for another gateway or purpose, or changed.
   */
  openCredential(sealed: string, purpose: CredentialPurpose): Secret;
}

/** The context that a sealed value is bound to (additional data of its encryption). */
export type CredentialPurpose = `upstream:${string}` | 'masking-key';

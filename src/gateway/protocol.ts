/**
 * What gateway and control say to each other (docs/decisions/0002-snapshot-and-records.md). Types and constants, shared by both
 * planes; every path is below control's base URL.
 */
import type { RecordBatch } from '../shapes.ts';
import { canonicalJson } from '#platform/crypto/canonical-json.ts';

export const PATHS = {
  enrolment: '/internal/v1/enrolment',
  snapshot: '/internal/v1/snapshot',
  section: '/internal/v1/snapshot/sections',
  records: '/internal/v1/records',
  heartbeat: '/internal/v1/heartbeat',
  budgetLeases: '/internal/v1/budget-leases',
} as const;

/** Media type of a batch: a line of JSON, then the spool's lines. */
export const BATCH_MEDIA_TYPE = 'application/vnd.sallyport.records';

export const LIMITS = {
  batchRecords: 500,
  batchBytes: 4 * 1024 * 1024,
  /** One record with its line; the writer keeps below it and control refuses above it. */
  recordBytes: 256 * 1024,
  /** The longest that a snapshot request waits for news. */
  waitSeconds: 25,
  /** How often a gateway says how it is. */
  heartbeatMs: 2_000,
} as const;

export interface EnrolmentRequest {
  /** One-time token. */
  readonly token: string;
  readonly name: string;
  /** Raw Ed25519 public key, base64url: signs the gateway's batches. */
  readonly signingKey: string;
  /** Raw X25519 public key, base64url: credentials are sealed to it. */
  readonly sealingKey: string;
}

export interface EnrolmentAnswer {
  readonly gateway: string;
  readonly name: string;
  /** The secret of all later calls; control keeps its hash alone. */
  readonly bearer: string;
  readonly installation: string;
  /** Control's raw Ed25519 public key, base64url; the gateway believes no other. */
  readonly signingKey: string;
}

/** How a gateway is, as it says itself. */
export interface Heartbeat {
  readonly version: string;
  /** Serial of the snapshot in force; 0 without one. */
  readonly serial: number;
  readonly epoch: string;
  readonly inFlight: number;
  readonly spool: { readonly bytes: number; readonly unsent: number; readonly stopped: boolean };
  readonly upstreams: readonly UpstreamState[];
}

/** What a gateway spent of budgets and would like to hold. It is a declaration: to repeat it does no harm. */
export interface BudgetLeaseRequest {
  /** UUID of this run of the gateway. */
  readonly instance: string;
  readonly leases: readonly BudgetLease[];
}

export interface BudgetLease {
  readonly limit: string;
  /** Whose budget it is: plain id of a key or application, empty for the installation. */
  readonly subject: string;
  /** In UTC: `2026-11` or `2026-11-23`. */
  readonly period: string;
  /** In the period so far, by this run. */
  readonly spent: number;
  /** Up to what it would like to spend in all. */
  readonly wanted: number;
  /** Grows with each declaration of the lease, so that a late one is not taken for a new one. */
  readonly sequence: number;
}

/** Up to what each may be spent in all, in the order of the request. */
export interface BudgetLeaseAnswer {
  readonly granted: readonly number[];
}

export interface UpstreamState {
  readonly id: string;
  readonly name: string;
  readonly state: 'healthy' | 'failing' | 'unknown';
  readonly since: string;
  readonly error?: string;
  /** Whether calls go to it: `open` means none, `half_open` one at a time. A gateway of an earlier release does not say. */
  readonly circuit?: 'closed' | 'open' | 'half_open';
  /** Calls under way. */
  readonly inFlight?: number;
}

/** The text that a batch's signature stands for. */
export function signedTextOf(batch: Omit<RecordBatch, 'signature'>): string {
  const { format, gateway, epoch, first, count, final, digest } = batch;
  return canonicalJson({ format, gateway, epoch, first, count, final, digest });
}

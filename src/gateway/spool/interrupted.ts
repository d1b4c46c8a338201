import type { ClosedRecord, OpenedRecord } from '../../shapes.ts';

/**
 * The end of an exchange whose gateway died before it could tell one. What happened after dispatch is not known, and the record
 * does not pretend otherwise: no status, no findings, no times.
 *
 * @param opened as it stands in the spool
 * @param at when the loss was noticed, ISO 8601
 * @param software version of the process that noticed it
 */
export function interruptedRecord(opened: OpenedRecord, at: string, software: string): ClosedRecord {
  return {
    ...opened,
    phase: 'closed',
    at,
    receivedAt: opened.at,
    outcome: 'interrupted',
    status: 0,
    effect: 'permit',
    reasons: [{ code: 'gateway_interrupted', message: 'The gateway stopped before the exchange ended.' }],
    obligations: [],
    findings: [],
    masked: 0,
    restored: 0,
    bytes: { request: 0, answer: 0 },
    times: {},
    versions: { software, snapshotSerial: 0, policies: '', detectors: '' },
    error: 'gateway_interrupted',
  };
}

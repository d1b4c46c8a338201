import type { ClosedRecord, OpenedRecord } from '../../src/shapes.ts';
import { newId } from '../../src/platform/ids.ts';

/** An exchange's opening as a gateway writes it, of a size that is usual. */
export function openedRecord(overrides: Partial<OpenedRecord> = {}): OpenedRecord {
  return {
    v: 1, phase: 'opened', exchange: newId(), at: new Date().toISOString(), api: 'openai.chat_completions', method: 'POST', path: '/v1/chat/completions',
    keyId: '01936f00-0000-7000-8000-000000000001', keyName: 'first', applicationId: '01936f00-0000-7000-8000-000000000002', applicationName: 'first-steps', purpose: 'trying out',
    model: 'sandbox-echo', upstream: 'sandbox', stream: false, ...overrides,
  };
}

/** The end of the exchange that `opened` began. */
export function closedRecord(opened: OpenedRecord, overrides: Partial<ClosedRecord> = {}): ClosedRecord {
  return {
    ...opened, phase: 'closed', at: new Date().toISOString(), receivedAt: opened.at, outcome: 'answered', status: 200, effect: 'transform',
    reasons: [{ code: 'personal_data_masked', policy: 'mask-personal-data', message: 'Personal data was masked.' }], obligations: ['mask'],
    findings: [{ direction: 'request', detector: 'sensitive/email_address', kind: 'email_address', label: 'personal_data', count: 1, confidence: 0.9, roles: ['user'] }],
    masked: 1, restored: 1, usage: { inputTokens: 120, outputTokens: 80 }, bytes: { request: 1200, answer: 900 },
    times: { identify: 8, admit: 2, read: 30, inspect: 55, decide: 12, transform: 9, dispatch: 15_000, answer: 200, total: 15_400 },
    versions: { software: '0.1.0', snapshotSerial: 7, policies: `sha256:${'a'.repeat(64)}`, detectors: `sha256:${'b'.repeat(64)}` }, ...overrides,
  };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedRecord, openedRecord } from '../../../test/harness/records.ts';
import { hasUnsafeText, recordText, TEXT_MAX } from './record-text.ts';

const hostile = fc.string({ unit: 'binary', maxLength: 600 }).map((text) => `${text}\0\ud800\\u0000`);

describe('recordText', () => {
  it('writes what a database can hold, whatever a caller sent', () => {
    fc.assert(fc.property(hostile, hostile, (model, clientRequestId) => {
      const text = recordText(openedRecord({ model, clientRequestId }));
      expect(hasUnsafeText(text)).toBe(false);
      const read = JSON.parse(text) as { model: string; clientRequestId: string };
      expect(read.model.isWellFormed()).toBe(true);
      expect(read.model.length).toBeLessThanOrEqual(TEXT_MAX.model);
      expect(read.clientRequestId.length).toBeLessThanOrEqual(TEXT_MAX.clientRequestId);
    }));
  });

  it('leaves words alone that only look like escapes', () => {
    const model = 'C:\\u0000\\ud800 "quoted" \u001f ü 𝄞';
    expect((JSON.parse(recordText(openedRecord({ model }))) as { model: string }).model).toBe(model);
  });

  it('cuts what is too long', () => {
    const reasons = Array.from({ length: 200 }, () => ({ code: 'x', message: 'm'.repeat(5_000) }));
    const text = recordText(closedRecord(openedRecord({ path: '/p'.repeat(5_000), method: 'M'.repeat(100) }), { error: 'e'.repeat(1_000), reasons, observed: { effect: 'deny', reasons } }));
    expect(text.length).toBeLessThan(150_000);
  });
});

describe('hasUnsafeText', () => {
  it.each(['"\\u0000"', '"\\uD83D"', '"a\\\\\\u0000"'])('finds %s', (json) => expect(hasUnsafeText(json)).toBe(true));
  it.each(['"\\\\u0000"', '"\\u001f"', '"plain"'])('passes %s', (json) => expect(hasUnsafeText(json)).toBe(false));
});

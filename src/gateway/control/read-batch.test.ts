import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigningKey } from '#platform/crypto/signing.ts';
import { AppError } from '#platform/errors.ts';
import { newId } from '#platform/ids.ts';
import { closedRecord, openedRecord } from '../../../test/harness/records.ts';
import type { ExchangeRecord } from '../../shapes.ts';
import { recordText } from '../spool/record-text.ts';
import { encodeBatch } from '../spool/sender.ts';
import { readBatch } from './read-batch.ts';

const signingKey = createSigningKey();
const gateway = { id: newId(), signingKey: signingKey.publicKey };

function batchOf(records: readonly ExchangeRecord[]): Buffer {
  const lines = Buffer.from(records.map((record, n) => `${n + 1} ${recordText(record)}\n`).join(''));
  return encodeBatch({ epoch: newId(), first: 1, count: records.length, final: false, lines }, gateway.id, signingKey);
}

describe('readBatch', () => {
  it('takes whatever the spool writes, with whatever callers and upstreams put into it', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 2_000 }).map((text) => `${text}\n\0\udc00\u2028"\\`);
    fc.assert(fc.property(anything, anything, fc.nat(600), (text, other, status) => {
      const opened = openedRecord({ model: text, clientRequestId: other, path: text, method: other });
      const closed = closedRecord(opened, { error: other, status, reasons: [{ code: 'x', message: text }], observed: { effect: 'deny', reasons: [{ code: 'y', policy: 'p', message: other }] } });
      expect(readBatch(batchOf([opened, closed]), gateway).records).toHaveLength(2);
    }));
  });

  it('answers every other input with a refusal', () => {
    const good = batchOf([openedRecord()]);
    const altered = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).filter(([at, byte]) => good[at] !== byte).map(([at, byte]) => {
      const copy = Buffer.from(good);
      copy[at] = byte;
      return copy;
    });
    const cut = fc.nat(good.length - 1).map((length) => good.subarray(0, length));
    const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(fc.property(fc.oneof(altered, cut, noise), (body) => {
      expect(() => readBatch(body, gateway)).toThrow(AppError);
    }), { numRuns: 500 });
  });
});

import { hash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { verifyText } from '#platform/crypto/signing.ts';
import { invalid, type AppError } from '#platform/errors.ts';
import type { SequencedRecord } from '#evidence/index.ts';
import type { ExchangeRecord, RecordBatch } from '../../shapes.ts';
import { LIMITS, signedTextOf } from '../protocol.ts';
import { hasUnsafeText } from '../spool/record-text.ts';
import { exchangeRecord, recordBatch } from './record-schema.ts';

export interface ReadBatch {
  readonly batch: RecordBatch;
  readonly records: readonly SequencedRecord[];
}

const HEADER_BYTES_MAX = 4_096;
const NEWLINE = 0x0a;

const malformed = (code: string, message: string): AppError => invalid(code, message);

/**
 * Reads a batch and believes it: signed by the gateway that sends it, its lines those that were signed, numbered without a hole,
 * each a record of a version that is known. All of it or nothing.
 *
 * @param body a line of JSON (`RecordBatch`), then the spool's lines
 * @throws AppError (400) whose code names what is wrong; no text of a record is in it
 */
export function readBatch(body: Buffer, gateway: { readonly id: string; readonly signingKey: string }): ReadBatch {
  const headerEnd = body.subarray(0, HEADER_BYTES_MAX).indexOf(NEWLINE);
  if (headerEnd === -1) throw malformed('batch_malformed', 'A batch begins with a line that describes it.');
  const batch = readHeader(body.toString('utf8', 0, headerEnd));
  const lines = body.subarray(headerEnd + 1);
  if (batch.gateway !== gateway.id) throw malformed('other_gateway', 'The batch is of another gateway.');
  if (`sha256:${hash('sha256', lines, 'hex')}` !== batch.digest) throw malformed('digest_invalid', 'The records are not those that the batch describes.');
  if (!verifyText(gateway.signingKey, signedTextOf(batch), batch.signature)) throw malformed('signature_invalid', 'The batch is not signed by this gateway.');
  return { batch, records: readLines(lines, batch) };
}

function readHeader(line: string): RecordBatch {
  try {
    return recordBatch.parse(JSON.parse(line));
  } catch {
    throw malformed('batch_malformed', 'The line that describes the batch is not valid.');
  }
}

function readLines(lines: Buffer, { first, count, final }: RecordBatch): SequencedRecord[] {
  if (count === 0 && !final) throw malformed('batch_empty', 'Only the last batch of an epoch may be empty.');
  if (!isUtf8(lines)) throw malformed('record_malformed', 'Records are UTF-8.');
  const texts = lines.toString('utf8').split('\n');
  if (texts.pop() !== '' || texts.length !== count) throw malformed('count_invalid', 'The batch does not hold as many records as it says.');
  return texts.map((line, index) => readLine(line, first + index));
}

function readLine(line: string, sequence: number): SequencedRecord {
  const prefix = `${sequence} `;
  if (!line.startsWith(prefix)) throw malformed('sequence_invalid', `A record does not carry the number ${sequence}.`);
  if (line.length > LIMITS.recordBytes) throw malformed('record_too_large', `Record ${sequence} is too large.`);
  const json = line.slice(prefix.length);
  if (hasUnsafeText(json)) throw malformed('record_malformed', `Record ${sequence} holds characters that cannot be stored.`);
  return { sequence, record: parseRecord(json, sequence) };
}

function parseRecord(json: string, sequence: number): ExchangeRecord {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw malformed('record_malformed', `Record ${sequence} is not JSON.`);
  }
  const parsed = exchangeRecord.safeParse(value);
  if (parsed.success) return parsed.data as ExchangeRecord;
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  throw malformed('record_malformed', `Record ${sequence} is not an exchange record of version 1 (${place}).`);
}

import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { inspectStream, LINE_MAX } from './inspect-lines.ts';

async function run(chunks: readonly (string | Buffer)[], jsonl: boolean) {
  const output = new PassThrough();
  const written: string[] = [];
  output.setEncoding('utf8').on('data', (text: string) => written.push(text));
  const exitCode = await inspectStream({ input: Readable.from(chunks.map((chunk) => Buffer.from(chunk)), { objectMode: false }), output, jsonl });
  return { exitCode, lines: written.join('').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('inspect', () => {
  it('prints a line a finding for one text, also when the text comes in pieces that cut characters', async () => {
    const bytes = Buffer.from('é jane@corp.example, 4111 1111 1111 1111');
    const { exitCode, lines } = await run([bytes.subarray(0, 1), bytes.subarray(1, 9), bytes.subarray(9)], false);
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      { kind: 'email_address', label: 'personal_data', detector: 'sensitive/email_address', start: 2, end: 19, confidence: 0.95 },
      { kind: 'payment_card', label: 'personal_data', detector: 'sensitive/payment_card', start: 21, end: 40, confidence: 0.95 },
    ]);
  });

  it('prints nothing for text without findings', async () => {
    expect(await run(['nothing to see'], false)).toEqual({ exitCode: 0, lines: [] });
  });

  it('prints a line an object, in order, the last without a line end', async () => {
    const { exitCode, lines } = await run(['\ufeff{"id":"a","text":"x"}\r\n\n{"id":2,"te', 'xt":"jane@corp.example"}'], true);
    expect(exitCode).toBe(0);
    expect(lines).toEqual([{ id: 'a', findings: [] }, { id: 2, findings: [expect.objectContaining({ kind: 'email_address', start: 0, end: 17 })] }]);
  });

  it('reports bad lines with their number, goes on, and exits with 1', async () => {
    const { exitCode, lines } = await run(['no json\n[1]\n{"id":"a"}\n{"text":"x"}\nnull\n{"id":"b","text":""}\n'], true);
    expect(exitCode).toBe(1);
    expect(lines.map(({ id, line }) => [id, line])).toEqual([[null, 1], [null, 2], [null, 3], [null, 4], [null, 5], ['b', undefined]]);
  });

  it('reports a line beyond the limit without keeping it', async () => {
    const { exitCode, lines } = await run(['{"id":"a","text":"', 'x'.repeat(LINE_MAX), '"}\n{"id":"b","text":"x"}\n'], true);
    expect(exitCode).toBe(1);
    expect(lines).toEqual([{ id: null, line: 1, error: 'This line is longer than 16 MiB.' }, { id: 'b', findings: [] }]);
  });
});

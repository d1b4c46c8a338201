import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseReader, SseOverflow, writeSse, type SseEvent } from './sse.ts';

function read(chunks: readonly (string | Uint8Array)[], limit = 1 << 20): SseEvent[] {
  const reader = createSseReader(limit);
  return [...chunks.flatMap((chunk) => reader.push(Buffer.from(chunk as string))), ...reader.end()];
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

describe('createSseReader', () => {
  it.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['CR', 'data: a\r\rdata: b\r\r'],
    ['a BOM', '\ufeffdata: a\n\ndata: b\n\n'],
    ['comments and unknown fields', ': hello\nid: 1\nretry: 5\ndata: a\n\n: ping\n\ndata:b\n\n'],
    ['no end', 'data: a\n\ndata: b'],
  ])('reads events that end in %s', (_what, text) => {
    expect(read([text]).map((event) => event.data)).toEqual(['a', 'b']);
  });

  it('joins data lines, keeps names, drops events without data', () => {
    expect(read(['event: x\n\nevent: error\ndata: 1\ndata\ndata:  2\n\n'])).toEqual([{ name: 'error', data: '1\n\n 2' }]);
  });

  it('reads the same events however the bytes are cut', () => {
    const line = fc.oneof(
      fc.tuple(fc.constantFrom('data: ', 'data:', 'event: ', ': ', 'id: ', ''), fc.string({ unit: 'grapheme', maxLength: 12 })).map((pair) => pair.join('').replaceAll(/[\r\n]/g, '')),
      fc.constant(''),
    );
    const text = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 }).map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 12 }), (whole, places) => {
        const bytes = Buffer.from(whole);
        expect(read(cut(bytes, places))).toEqual(read([bytes]));
        expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(read([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it('takes any bytes, and reads back what it writes', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => { read(chunks); }));
    fc.assert(
      fc.property(fc.constantFrom('', 'error'), fc.string(), (name, data) => {
        expect(read([writeSse(name, data)])).toEqual([{ name, data: data.replaceAll(/\r\n|\r/g, '\n') }]);
      }),
    );
  });

  it('bounds an event, in one line or in many', () => {
    expect(() => read(['data: ', 'x'.repeat(2000)], 1000)).toThrow(SseOverflow);
    expect(() => read(['data: x\n'.repeat(1000)], 1000)).toThrow(SseOverflow);
    expect(read(['data: 12345678\n\n'.repeat(1000)], 20)).toHaveLength(1000);
    expect(read([...'data: 12345678\n\n'.repeat(1000)], 20)).toHaveLength(1000);
  });

  it('takes linear time on one long line in one-byte chunks', () => {
    const reader = createSseReader(4 << 20);
    const byte = Buffer.from('a');
    const started = performance.now();
    reader.push(Buffer.from('data: '));
    for (let n = 0; n < 500_000; n++) reader.push(byte);
    expect(reader.end()[0]?.data).toHaveLength(500_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

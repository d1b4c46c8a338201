import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCursor } from './cursor.ts';

const cursor = createCursor(z.strictObject({ id: z.uuid(), at: z.iso.datetime() }));

describe('a cursor', () => {
  it('comes back as it went out', () => {
    const place = { id: '01890000-0000-7000-8000-000000000000', at: '2026-11-23T12:00:00.000Z' };
    expect(cursor.decode(cursor.encode(place))).toEqual(place);
    expect(cursor.encode(place)).toMatch(/^[\w-]+$/);
  });

  it('that nobody gave is refused, whatever it is', () => {
    const refused = (text: string) => {
      expect(() => cursor.decode(text)).toThrow(expect.objectContaining({ status: 400, code: 'invalid_cursor' }));
    };
    fc.assert(fc.property(fc.string(), refused));
    fc.assert(fc.property(fc.json(), (json) => refused(Buffer.from(json).toString('base64url'))));
    refused('A'.repeat(100_000));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInspector } from '#inspection/index.ts';
import { createHandles } from './handles.ts';

const key = Buffer.alloc(32, 3);
const handles = createHandles(key, 'application');
const stored = { upstreamId: '0192f0c1-0000-7000-8000-0000000000aa', id: 'resp_0123456789abcdef' };

describe('a handle', () => {
  it('opens to what it was made of, and is the same each time', () => {
    const id = fc.oneof(fc.stringMatching(/^(resp|msg|rs|fc)_[0-9a-f]{20,50}$/), fc.stringMatching(/^[!-~]{1,80}$/));
    fc.assert(fc.property(id, fc.uuid(), (own, upstreamId) => {
      const handle = handles.seal({ upstreamId, id: own });
      if (own.length >= 20) expect(handle).not.toContain(own.slice(own.indexOf('_') + 1));
      expect(handles.seal({ upstreamId, id: own })).toBe(handle);
      expect(handles.open(handle)).toEqual({ upstreamId, id: own });
    }));
  });

  it('keeps the letters by which libraries tell what it is of', () => {
    expect(handles.seal(stored)).toMatch(/^resp_[\w-]+$/);
  });

  it('does not open for another application, installation or kind, nor altered', () => {
    const handle = handles.seal(stored);
    expect(createHandles(key, 'other').open(handle)).toBeUndefined();
    expect(createHandles(Buffer.alloc(32, 4), 'application').open(handle)).toBeUndefined();
    expect(handles.open(handle.replace('resp_', 'msg_'))).toBeUndefined();
    fc.assert(fc.property(fc.nat(handle.length - 2), (at) => {
      const other = handle[at] === 'A' ? 'B' : 'A';
      expect(handles.open(handle.slice(0, at) + other + handle.slice(at + 1))).toBeUndefined();
    }));
    for (const foreign of ['', 'resp_', 'resp_0123456789abcdef', 'x'.repeat(5_000), stored.id]) expect(handles.open(foreign)).toBeUndefined();
  });

  it('holds nothing in which a detector finds something', () => {
    const inspector = createInspector({ disabled: [] });
    for (let n = 0; n < 500; n++) expect(inspector.inspect(handles.seal({ ...stored, id: `resp_${n}` }))).toEqual([]);
  });
});

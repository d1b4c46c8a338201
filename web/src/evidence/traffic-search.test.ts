import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchangeFilters, filterCount, parseTrafficSearch, withFilter } from './traffic-search.ts';

const now = new Date('2026-11-23T12:00:00.000Z');

describe('parseTrafficSearch', () => {
  it('keeps what is known and well formed', () => {
    expect(parseTrafficSearch({ effect: 'deny', application: 'app_1', span: '1h', exchange: 'exc_1', from: '2026-11-23T10:00:00Z' })).toEqual({
      effect: 'deny', application: 'app_1', span: '1h', exchange: 'exc_1', from: '2026-11-23T10:00:00.000Z',
    });
  });

  it('drops what is unknown, malformed, empty or too long', () => {
    expect(parseTrafficSearch({ effect: 'explode', outcome: 3, span: '2y', from: 'yesterday', model: '', kind: 'x'.repeat(201), extra: 'y', application: { a: 1 } })).toEqual({});
  });

  it('keeps a model whose name is a number', () => {
    expect(parseTrafficSearch({ model: 4 })).toEqual({ model: '4' });
  });

  it('never throws, and reading twice changes nothing', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom('effect', 'from', 'to', 'span', 'model', 'exchange', 'other'), fc.anything()), (raw) => {
      const once = parseTrafficSearch(raw);
      expect(parseTrafficSearch({ ...once })).toEqual(once);
    }));
  });
});

describe('exchangeFilters', () => {
  it('turns a span into the moment that it begins, and never sends what only the page uses', () => {
    expect(exchangeFilters({ span: '1h', effect: 'deny', exchange: 'exc_1' }, now)).toEqual({ effect: 'deny', from: '2026-11-23T11:00:00.000Z' });
  });

  it('lets fixed times win over a span', () => {
    expect(exchangeFilters({ span: '1h', from: '2026-11-01T00:00:00.000Z' }, now)).toEqual({ from: '2026-11-01T00:00:00.000Z' });
  });
});

describe('withFilter', () => {
  it('sets, replaces and drops one filter and keeps the others', () => {
    const search = { effect: 'deny', model: 'a' } as const;
    expect(withFilter(search, 'model', 'b')).toEqual({ effect: 'deny', model: 'b' });
    expect(withFilter(search, 'effect', null)).toEqual({ model: 'a' });
    expect(withFilter(search, 'model', '')).toEqual({ effect: 'deny' });
  });
});

it('counts filters without the open exchange', () => {
  expect(filterCount({ effect: 'deny', span: '1h', exchange: 'exc_1' })).toBe(2);
});

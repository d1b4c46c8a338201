import { describe, expect, it } from 'vitest';
import { createInspector } from './inspector.ts';
import { viewOf, viewPlace } from './normalise.ts';

const inspector = createInspector({ disabled: [] });
const found = (text: string) => inspector.inspect(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

describe('disguised characters', () => {
  it('are read as their ASCII equals, and the match covers what stands in the text', () => {
    const cards = ['４１１１ １１１１ １１１１ １１１１', '4111\u00a01111\u00a01111\u00a01111', '4111\u20111111\u20111111\u20111111', '41\u200b11 1111 1111 11\u200b11', '٤١١١١١١١١١١١١١١١'];
    for (const card of cards) expect(found(`card ${card}, thanks`)).toEqual([['payment_card', card]]);
    expect(found('mail jane\u200b.doe@corp\u2060.example now')).toEqual([['email_address', 'jane\u200b.doe@corp\u2060.example']]);
    expect(found('mail ｊａｎｅ＠ｃｏｒｐ．ｅｘａｍｐｌｅ now')).toEqual([['email_address', 'ｊａｎｅ＠ｃｏｒｐ．ｅｘａｍｐｌｅ']]);
  });

  it('several invisible characters in a row separate', () => {
    expect(found('4111111\u200b\u200b111111111')).toEqual([]);
  });

  it('plain text is its own view', () => {
    expect(viewOf('plain “quoted” – é')).not.toHaveProperty('offsets');
    expect(viewOf('abc')).toEqual({ text: 'abc' });
  });

  it('maps places both ways', () => {
    const view = viewOf('a\u200bb\u200b\u200bc');
    expect(view.text).toBe('ab\u200bc');
    expect([...(view.offsets ?? [])]).toEqual([0, 2, 4, 5]);
    expect([0, 1, 2, 3, 4, 5, 6].map((place) => viewPlace(view, place))).toEqual([0, 1, 1, 2, 2, 3, 4]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER_LIMITS, JsonError, REQUEST_LIMITS, scanJson, type JsonErrorCode } from './scan.ts';

function codeOf(text: string, limits = REQUEST_LIMITS): JsonErrorCode | 'accepted' {
  try {
    scanJson(text, limits);
    return 'accepted';
  } catch (error) {
    if (error instanceof JsonError) return error.code;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Every member name and string of a value, in order. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, member]) => [key, ...stringsOf(member)]);
  return [];
}

describe('scanJson', () => {
  it('yields each leaf with its place and pointer', () => {
    const text = '{"a/b": ["x", 12, {"m~": true}], "caf\\u00e9": null}';
    const { leaves, containers } = scanJson(text, REQUEST_LIMITS);
    expect(leaves.map((leaf) => [leaf.type, leaf.segment, leaf.text, text.slice(leaf.start, leaf.end)])).toEqual([
      ['key', 'a/b', 'a/b', '"a/b"'],
      ['string', 0, 'x', '"x"'],
      ['number', 1, '12', '12'],
      ['key', 'm~', 'm~', '"m~"'],
      ['literal', 'm~', 'true', 'true'],
      ['key', 'café', 'café', '"caf\\u00e9"'],
      ['literal', 'café', 'null', 'null'],
    ]);
    expect(containers.map((container) => container.path)).toEqual(['', '/a~1b', '/a~1b/2']);
  });

  it.each<[string, JsonErrorCode]>([
    ['', 'invalid_json'],
    ['\ufeff{}', 'invalid_json'],
    ['{"a":1}x', 'invalid_json'],
    ['{"a":1,}', 'invalid_json'],
    ['[1,]', 'invalid_json'],
    ["{'a':1}", 'invalid_json'],
    ['[01]', 'invalid_json'],
    ['[1.]', 'invalid_json'],
    ['[+1]', 'invalid_json'],
    ['[NaN]', 'invalid_json'],
    ['["a\nb"]', 'invalid_json'],
    ['["\\x41"]', 'invalid_json'],
    ['["abc', 'invalid_json'],
    ['["abc\\', 'invalid_json'],
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"model":1,"m\\u006fdel":2}', 'duplicate_key'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate_key'],
    ['["\\ud800"]', 'invalid_unicode'],
    ['{"\\udc00":1}', 'invalid_unicode'],
    ['['.repeat(65) + ']'.repeat(65), 'too_deep'],
    ['['.repeat(1_000_000), 'too_deep'],
    [`[${'0,'.repeat(500_000)}0]`, 'too_many_values'],
  ])('refuses %.40j as %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('finds a repeated name among many', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `"k${index}":0`).join(',');
    expect(codeOf(`{${names}}`)).toBe('accepted');
    expect(codeOf(`{${names},"k500":1}`)).toBe('duplicate_key');
    expect(codeOf('{"a":{"x":1},"b":{"x":1},"x":1}')).toBe('accepted');
  });

  it('reads every value that JSON.stringify writes, with the same strings', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 1, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const strings = scanJson(text, ANSWER_LIMITS).leaves.filter((leaf) => leaf.type === 'key' || leaf.type === 'string');
        expect(strings.map((leaf) => leaf.text)).toEqual(stringsOf(JSON.parse(text)));
        for (const leaf of strings) expect(JSON.parse(text.slice(leaf.start, leaf.end))).toBe(leaf.text);
      }),
    );
  });

  it('accepts exactly what JSON.parse accepts, but for repeated names, halves of characters and depth', () => {
    const token = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '"\\n"', '"\\ud83d\\ude00"', '\\', '"', '1', '-', '0', '.5', 'e+2', 'true', 'null', 'nul', ' ', '\n', '\u00a0', '\u0001', 'é');
    const tokens = fc.array(token, { maxLength: 12 }).map((list) => list.join(''));
    const damaged = fc
      .tuple(fc.jsonValue(), fc.nat(), token)
      .map(([value, at, piece]) => JSON.stringify(value).replace(/^[^]*$/, (text) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1)));
    fc.assert(
      fc.property(fc.oneof(tokens, damaged), (text) => {
        const code = codeOf(text, ANSWER_LIMITS);
        if (code === 'accepted' || code === 'invalid_json') expect(code === 'accepted').toBe(parses(text));
        else expect(code).toBe('duplicate_key');
      }),
      { numRuns: 3000 },
    );
  });

  it('takes linear time on hostile text', () => {
    const hostile = [`{${Array.from({ length: 60_000 }, (_, i) => `"${i}":""`).join(',')}}`, `["${'\\u0041'.repeat(200_000)}"]`, `[${' '.repeat(2_000_000)}]`];
    const started = performance.now();
    for (const text of hostile) expect(codeOf(text)).toBe('accepted');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

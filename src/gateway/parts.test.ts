import { describe, expect, it } from 'vitest';
import { CHAT_ANSWER_PATHS, CHAT_REQUEST_PATHS, VOCABULARY } from './dialects/openai-paths.ts';
import { REQUEST_LIMITS, scanJson } from './json/scan.ts';
import { partsOf, splice } from './parts.ts';
import { createInspector } from '#inspection/index.ts';

const read = (body: object | string, paths = CHAT_REQUEST_PATHS) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { text, parts: partsOf(scanJson(text, REQUEST_LIMITS), paths) };
};

/** Pointer → `role trust` of the values. */
function roles(body: object, paths = CHAT_REQUEST_PATHS): Record<string, string> {
  return Object.fromEntries(read(body, paths).parts.filter(({ kind }) => kind === 'value').map(({ path, role, trust }) => [path, `${role} ${trust}`]));
}

describe('partsOf', () => {
  it('assigns role and trust by the place and the author of the message', () => {
    expect(
      roles({
        model: 'm',
        messages: [
          { content: [{ type: 'text', text: 'be kind' }], role: 'developer' },
          { role: 'user', name: 'ada', content: [{ type: 'text', text: 'hi' }, { type: 'image_url', image_url: { url: 'data:' } }] },
          { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }], reasoning_content: 'hm' },
          { role: 'tool', tool_call_id: 'c', content: 'result' },
          { role: 'wizard', content: 'x' },
        ],
        tools: [{ type: 'function', function: { name: 'f', parameters: { properties: { to: { type: 'string' } } } } }],
        x_new: { a: ['b'] },
      }),
    ).toEqual({
      '/model': 'parameter untrusted',
      '/messages/0/content/0/type': 'parameter untrusted',
      '/messages/0/content/0/text': 'system operator',
      '/messages/0/role': 'parameter untrusted',
      '/messages/1/role': 'parameter untrusted',
      '/messages/1/name': 'user user',
      '/messages/1/content/0/type': 'parameter untrusted',
      '/messages/1/content/0/text': 'user user',
      '/messages/1/content/1/type': 'parameter untrusted',
      '/messages/1/content/1/image_url/url': 'document document',
      '/messages/2/role': 'parameter untrusted',
      '/messages/2/tool_calls/0/id': 'parameter untrusted',
      '/messages/2/tool_calls/0/type': 'parameter untrusted',
      '/messages/2/tool_calls/0/function/name': 'parameter untrusted',
      '/messages/2/tool_calls/0/function/arguments': 'tool_arguments model',
      '/messages/2/reasoning_content': 'reasoning model',
      '/messages/3/role': 'parameter untrusted',
      '/messages/3/tool_call_id': 'parameter untrusted',
      '/messages/3/content': 'tool_result tool',
      '/messages/4/role': 'parameter untrusted',
      '/messages/4/content': 'unknown untrusted',
      '/tools/0/type': 'tool_definition operator',
      '/tools/0/function/name': 'tool_definition operator',
      '/tools/0/function/parameters/properties/to/type': 'tool_definition operator',
      '/x_new/a/0': 'unknown untrusted',
    });
  });

  it('takes every key for a part, and a name of the prototype for any other', () => {
    const { parts } = read('{"__proto__":{"constructor":"x"},"messages":[{"role":"constructor","content":"y"}]}');
    expect(parts.filter(({ kind }) => kind === 'key').map(({ text }) => text)).toEqual(['__proto__', 'constructor', 'messages', 'role', 'content']);
    expect(parts.find(({ text }) => text === 'y')?.role).toBe('unknown');
  });

  it.each([
    ['4539148803436467', '4539148803436467'],
    ['4.539148803436467E15', '4539148803436467'],
    ['0.004539148803436467e+18', '4539148803436467'],
    ['45391488034364670e-1', '4539148803436467'],
    ['4539148803436467.00', '4539148803436467'],
    ['6.01100000000000400001e20', '601100000000000400001'],
    ['-123456789.5', '-123456789.5'],
    ['1e99999', '1e99999'],
  ])('reads the number %s as %s', (literal, text) => {
    expect(read(`{"x":${literal}}`).parts.at(-1)).toMatchObject({ text, isNumber: true });
  });

  it('tells bytes in base64 from text at the places where bytes may stand', () => {
    const base64 = 'QUJD'.repeat(30);
    const payloads = (url: string, data: string) => {
      const content = [{ type: 'image_url', image_url: { url } }, { type: 'input_audio', input_audio: { data, format: 'wav' } }];
      return read({ model: 'm', messages: [{ role: 'user', content }] }).parts.filter(({ payload }) => payload !== undefined).map(({ path, payload }) => `${path} ${payload}`);
    };
    expect(payloads(`data:image/png;base64,${base64}`, base64)).toEqual(['/messages/0/content/0/image_url/url image', '/messages/0/content/1/input_audio/data audio']);
    expect(payloads('https://pictures.example/?q=grace@example.com', '4539148803436467')).toEqual([]);
    expect(payloads(`data:text/plain,${base64} me`, `${base64} and words`)).toEqual([]);
  });

  it('leaves short numbers and settings aside', () => {
    expect(read({ x: 12345678, seed: 1234567890123, usage: 1 }).parts.every(({ kind }) => kind === 'key')).toBe(true);
    expect(read({ created: 1732386000, usage: { total_tokens: 123456789 } }, CHAT_ANSWER_PATHS).parts.every(({ kind }) => kind === 'key')).toBe(true);
  });
});

describe('splice', () => {
  it('replaces literals and leaves every other character alone', () => {
    const { text, parts } = read('{ "a" : "x\\u0041",\t"b":4539148803436467 , "c":"z"}');
    const values = parts.filter(({ kind }) => kind === 'value');
    expect(splice(text, [{ part: values[0]!, text: '"q"\n' }, { part: values[1]!, text: '[CARD]' }])).toBe('{ "a" : "\\"q\\"\\n",\t"b":"[CARD]" , "c":"z"}');
  });
});

it('has no word in the vocabulary in which something could be found', () => {
  const inspector = createInspector({ disabled: [] });
  for (const word of VOCABULARY) expect(inspector.inspect(word)).toEqual([]);
});

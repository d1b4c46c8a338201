import { describe, expect, it } from 'vitest';
import { parseBaseUrl } from './base-url.ts';

describe('a base URL', () => {
  it.each([
    ['https://api.example.com/v1', false, 'https://api.example.com/v1'],
    ['https://API.example.com:443/v1///', false, 'https://api.example.com/v1'],
    ['http://127.0.0.1:11434', true, 'http://127.0.0.1:11434'],
    ['http://[::1]:8000/v1', true, 'http://[::1]:8000/v1'],
    ['https://10.0.0.7/v1', true, 'https://10.0.0.7/v1'],
  ])('%s is taken', (text, allowPrivate, stored) => {
    expect(parseBaseUrl(text, allowPrivate)).toBe(stored);
  });

  it.each([
    ['not a url', false],
    ['', false],
    ['ftp://example.com', true],
    ['javascript:alert(1)', true],
    ['file:///etc/passwd', true],
    ['http://api.example.com', false],
    ['https://user:secret@api.example.com', false],
    ['https://api.example.com/v1?key=1', false],
    ['https://api.example.com/v1?', false],
    ['https://api.example.com/v1#x', false],
    ['https://127.0.0.1/v1', false],
    ['https://0x7f000001/v1', false],
    ['https://[::1]/v1', false],
    ['http://169.254.169.254/latest', true],
    [`https://example.com/${'a'.repeat(500)}`, false],
  ])('%s is refused (allowPrivate %s)', (text, allowPrivate) => {
    expect(() => parseBaseUrl(text, allowPrivate)).toThrow(expect.objectContaining({ status: 400, code: 'invalid_base_url' }));
  });

  it('says nothing of the credential that it held', () => {
    expect(() => parseBaseUrl('https://user:hunter2hunter2@api.example.com', false)).not.toThrow(/hunter2/);
  });
});

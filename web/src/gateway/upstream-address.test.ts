import { expect, it } from 'vitest';
import { baseUrlProblem, looksPrivate, upstreamNameProblem } from './upstream-address.ts';

it.each(['https://api.example.com/v1', 'http://127.0.0.1:9000', ' https://a.b '])('takes %s', (value) => {
  expect(baseUrlProblem(value)).toBeNull();
});

it.each(['', 'api.example.com', 'ftp://a.b', 'javascript:alert(1)', 'https://user:pass@a.b', 'https://a.b/v1?key=1', 'https://a.b/#x'])('refuses %s', (value) => {
  expect(baseUrlProblem(value)).not.toBeNull();
});

it.each([
  ['http://localhost:8000', true], ['http://127.0.0.1', true], ['http://10.2.3.4', true], ['http://172.16.0.1', true], ['http://172.32.0.1', false], ['http://192.168.1.1', true],
  ['http://169.254.169.254', true], ['http://[::1]:80', true], ['http://[fd00::1]', true], ['http://[fe80::1]', true], ['http://[2606:4700::1]', false],
  ['https://10.example.com', false], ['https://api.example.com', false], ['nonsense', false],
  // The URL parser reads these odd spellings as 127.0.0.1.
  ['http://2130706433', true], ['http://0x7f.1', true],
])('%s is private: %s', (value, expected) => {
  expect(looksPrivate(value)).toBe(expected);
});

it.each([['openai-eu', true], ['a', true], ['sandbox', false], ['-a', false], ['A', false], ['a b', false], ['', false]])('name %s: %s', (value, fine) => {
  expect(upstreamNameProblem(value) === null).toBe(fine);
});

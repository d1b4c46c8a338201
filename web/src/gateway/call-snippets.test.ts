import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { curlCall, gatewayAddress, javascriptCall, pythonCall } from './call-snippets.ts';

const page = { protocol: 'http:', hostname: 'control.example.org' };

it('uses the address that control tells, and guesses by the default port otherwise', () => {
  expect(gatewayAddress('https://ai.example.org/', page)).toBe('https://ai.example.org');
  expect(gatewayAddress(undefined, page)).toBe('http://control.example.org:7071');
});

it('writes a curl line that a shell reads as one call, whatever the model is called', () => {
  const line = curlCall({ address: 'http://127.0.0.1:7071', model: `it's "$(id)"`, apiKey: 'sp_abc' });
  const words = execFileSync('sh', ['-c', line.replace(/^curl/, 'printf "%s\\n"')], { encoding: 'utf8' }).trimEnd().split('\n');
  expect(words.slice(0, 5)).toEqual(['http://127.0.0.1:7071/v1/chat/completions', '-H', 'Authorization: Bearer sp_abc', '-H', 'Content-Type: application/json']);
  expect(JSON.parse(words[6] ?? '')).toMatchObject({ model: `it's "$(id)"` });
});

it('leaves the key to the environment where it has none', () => {
  const call = { address: 'http://127.0.0.1:7071', model: 'sandbox' };
  expect(curlCall(call)).toContain('Bearer $SALLYPORT_KEY');
  expect(pythonCall(call)).toContain('os.environ["SALLYPORT_KEY"]');
  expect(javascriptCall(call)).toContain('process.env.SALLYPORT_KEY');
});

import { expect, it } from 'vitest';
import { isEmail, takeSetupToken } from './set-up-token.ts';

function addressBar(hash: string) {
  const addresses: string[] = [];
  return { addresses, location: { hash, pathname: '/setup' }, history: { state: null, replaceState: (_state: unknown, _unused: string, address: string) => void addresses.push(address) } };
}

it('takes the token and leaves an address without it', () => {
  const bar = addressBar('#token=abc_DEF-1');
  expect(takeSetupToken(bar)).toBe('abc_DEF-1');
  expect(bar.addresses).toEqual(['/setup']);
});

it('leaves the address alone where there is no token', () => {
  const bar = addressBar('#other=1');
  expect(takeSetupToken(bar)).toBeUndefined();
  expect(bar.addresses).toEqual([]);
});

it.each([['a@b', true], [' a@b.example ', true], ['a@', false], ['@b', false], ['a b@c', false], ['a@b@c', false], ['', false]])('%s as an e-mail address: %s', (value, expected) => {
  expect(isEmail(value)).toBe(expected);
});

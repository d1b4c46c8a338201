import { isIP } from 'node:net';
import { invalid } from '#platform/errors.ts';
import { mayDial } from '../upstreams/addresses.ts';

const BASE_URL_MAX = 500;

/**
 * A provider's base URL in the one form that is stored: no user info (a credential in plain sight), query or fragment, no trailing
 * slash. Plain http is for upstreams on the organisation's own network only.
 *
 * @throws AppError 400 `invalid_base_url`
 */
export function parseBaseUrl(text: string, allowPrivate: boolean): string {
  const refuse = (why: string) => invalid('invalid_base_url', `The base URL ${why}.`);
  if (text.length > BASE_URL_MAX) throw refuse(`is longer than ${BASE_URL_MAX} characters`);
  const url = URL.parse(text);
  if (!url) throw refuse('is not a URL, such as https://api.example.com/v1');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') throw refuse('must not hold a user name or password; give the credential as apiKey');
  if (text.includes('?') || text.includes('#')) throw refuse('must have no query and no fragment');
  if (url.protocol === 'http:' && !allowPrivate) throw refuse('must begin with https://; plain http is only for upstreams on a private network (allowPrivate)');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayDial(host, allowPrivate)) throw refuse(mayDial(host, true) ? 'stands on a private address; allow that with allowPrivate' : 'stands on an address that no gateway dials');
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

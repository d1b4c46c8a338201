/** First checks of an upstream's form, for messages at once; control and gateway check again and decide. Pure. */

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function upstreamNameProblem(value: string): string | null {
  if (value.trim() === 'sandbox') return 'This name is taken by the built-in sandbox';
  return NAME.test(value.trim()) ? null : 'Lower-case letters, digits and hyphens, beginning and ending with a letter or digit';
}

/** @param isNeeded whether the kind of upstream has no address of its own */
export function baseUrlProblem(value: string, isNeeded = true): string | null {
  if (value.trim() === '' && !isNeeded) return null;
  const url = URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'Write an address that begins with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'Leave user and password out; the credential has its own field';
  if (url.search !== '' || url.hash !== '') return 'Leave out what follows ? or #';
  return null;
}

/** Whether an address plainly lies in a private network (RFC 1918, RFC 4193, loopback, link-local). A name that merely resolves there is for the gateway to see. */
export function looksPrivate(value: string): boolean {
  const host = URL.canParse(value.trim()) ? new URL(value.trim()).hostname.replace(/^\[|\]$/g, '') : '';
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  if (host.includes(':')) return host === '::1' || /^f[cd]/.test(host) || /^fe[89ab]/.test(host);
  return /^(?:127|10)\.\d+\.\d+\.\d+$/.test(host) || /^192\.168\./.test(host) || /^169\.254\./.test(host) || /^172\.(?:1[6-9]|2\d|3[01])\./.test(host);
}

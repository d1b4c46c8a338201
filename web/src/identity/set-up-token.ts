export const PASSWORD_LENGTH_MIN = 12;

interface AddressBar {
  readonly location: { readonly hash: string; readonly pathname: string };
  readonly history: { readonly state: unknown; replaceState(state: unknown, unused: string, address: string): void };
}

/**
 * Takes the one-time token out of `#token=…` and out of the address, so that it stays in no history, bookmark or screenshot.
 * A fragment is never sent to a server, so that it is in no log either.
 */
export function takeSetupToken({ location, history }: AddressBar): string | undefined {
  const token = new URLSearchParams(location.hash.replace(/^#/, '')).get('token');
  if (token === null || token === '') return undefined;
  history.replaceState(history.state, '', location.pathname);
  return token;
}

/** A first check for a helpful message; the server decides. */
export function isEmail(value: string): boolean {
  const [name, domain, ...more] = value.trim().split('@');
  return more.length === 0 && name !== undefined && name !== '' && domain !== undefined && domain !== '' && !/\s/.test(value.trim());
}

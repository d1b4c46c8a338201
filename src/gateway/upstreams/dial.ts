/** The only way out to an upstream: names are resolved here, every address is checked, and the checked one is dialled. */
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { mayDial } from './addresses.ts';
import { UpstreamError } from './errors.ts';

export type Resolve = (hostname: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void;

export interface DialOptions {
  readonly allowPrivate: boolean;
  readonly connectMs: number;
  /** The resolver of the system unless told. */
  readonly resolve?: Resolve;
}

const resolveBySystem: Resolve = (hostname, done) => resolve(hostname, { all: true, order: 'verbatim' }, done);

/**
 * A connector for undici that refuses (`upstream_address_refused`) when any of the addresses of a name may not be dialled: a
 * name that answers both kinds is set up to be dialled wrongly sooner or later. What was checked is what the socket gets, so that
 * a name that changes between check and use (DNS rebinding) changes nothing. The TLS name stays the upstream's.
 */
export function createDialler({ allowPrivate, connectMs, resolve: resolveName = resolveBySystem }: DialOptions): buildConnector.connector {
  const connect = buildConnector({ timeout: connectMs, allowH2: false, lookup: checkedLookup(resolveName, allowPrivate), autoSelectFamily: true });
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !mayDial(literal, allowPrivate)) callback(new UpstreamError('upstream_address_refused'), null);
    else connect(options, callback);
  };
}

function checkedLookup(resolveName: Resolve, allowPrivate: boolean): LookupFunction {
  return (hostname, options, done) => {
    resolveName(hostname, (error, addresses) => {
      const refused = error ?? (addresses.every(({ address }) => mayDial(address, allowPrivate)) ? null : new UpstreamError('upstream_address_refused'));
      const first = addresses?.[0];
      if (refused !== null || first === undefined) done(refused ?? new UpstreamError('upstream_unreachable'), '', 0);
      else if (options.all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };
}

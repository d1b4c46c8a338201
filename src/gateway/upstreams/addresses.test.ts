import { describe, expect, it } from 'vitest';
import { mayDial } from './addresses.ts';
import { createDialler } from './dial.ts';

describe('mayDial', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])('lets %s be dialled', (address) => {
    expect(mayDial(address, false)).toBe(true);
  });
  it.each(['10.0.0.1', '127.0.0.1', '127.255.1.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '198.18.0.1', '::1', 'fd12::1'])('lets %s be dialled only where private addresses are allowed', (address) => {
    expect([mayDial(address, false), mayDial(address, true)]).toEqual([false, true]);
  });
  it.each([
    '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255', '100.100.100.200', '168.63.129.16', '192.0.2.1', '::', '::ffff:8.8.8.8', '::ffff:127.0.0.1', '64:ff9b::808:808', '2002:808:808::1',
    '2001::1', '2001:db8::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', 'fd00:ec2::254', '::8.8.8.8', 'localhost', '', '8.8.8.8.8', '0x7f.1',
  ])('never lets %j be dialled', (address) => {
    expect([mayDial(address, false), mayDial(address, true)]).toEqual([false, false]);
  });
});

describe('createDialler', () => {
  const dial = (addresses: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      const connect = createDialler({ allowPrivate: false, connectMs: 300, resolve: (_name, done) => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))) });
      connect({ hostname: 'upstream.test', protocol: 'http:', port: '9' }, (...[error]) => resolve((error as { code?: string } | null)?.code ?? ''));
    });

  it('refuses a name when any of its addresses may not be dialled', async () => {
    expect(await dial(['8.8.8.8', '10.0.0.1'])).toBe('upstream_address_refused');
    expect(await dial(['::ffff:10.0.0.1'])).toBe('upstream_address_refused');
    expect(await dial([])).toBe('upstream_unreachable');
  });
});

import { expect, it } from 'vitest';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { createKeyring } from './data-plane.ts';

const application = { id: 'a1', name: 'application', owner: 'owner', purpose: 'purpose' };
const entry = (secret: string, expiresAt: string | null = null, applicationId = 'a1') => ({ id: `key of ${secret}`, name: secret, hash: sha256Hex(secret), applicationId, expiresAt });

it('identifies by the hash of the key, until the key expires', () => {
  let now = Date.parse('2026-11-23T00:00:00Z');
  const keyring = createKeyring(
    [entry('good'), entry('short', '2026-11-23T00:00:01Z'), entry('unreadable', 'soon'), entry('orphan', null, 'a2')], [application], { now: () => now },
  );
  expect(keyring.identify('good')).toEqual({ keyId: 'key of good', keyName: 'good', applicationId: 'a1', applicationName: 'application', purpose: 'purpose' });
  for (const unknown of ['', 'bad', sha256Hex('good'), 'unreadable', 'orphan', '__proto__']) expect(keyring.identify(unknown)).toBeUndefined();
  expect(keyring.identify('short')).toBeDefined();
  now += 1000;
  expect(keyring.identify('short')).toBeUndefined();
});

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEvidence, type Evidence } from '#evidence/index.ts';
import { createIdentity } from '#identity/index.ts';
import { configurationVersion, type Database } from '#platform/database/index.ts';
import { forbidden } from '#platform/errors.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { createLog } from '#platform/log.ts';
import { describeOnBothEngines } from '../../test/harness/database.ts';
import { prepareBuiltIns, type PolicyContext } from './change-policies.ts';
import { createPolicyEngine } from './data-plane.ts';
import { createPolicies, type Policies } from './index.ts';
import type { PolicyTables } from './tables.ts';

const CEDAR = '@id("no-iban")\n@description("No accounts.")\nforbid (principal, action == Action::"exchange", resource) when { context.kinds.contains("iban") };';
const SYSTEM = { type: 'system', id: 'system', name: 'Sallyport' } as const;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { items?: Record<string, unknown>[]; errors?: Record<string, unknown>[] };
}

describeOnBothEngines('policies', (getDatabase) => {
  let database: Database;
  let evidence: Evidence;
  let policies: Policies;
  let server: HttpServer;
  let token: string;

  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer> => {
    const response = await server.inject({
      method, url: `/api/v1/policies${path}`, headers: { authorization: `Bearer ${token}`, host: 'localhost' }, ...(body === undefined ? {} : { payload: body }),
    });
    return { status: response.statusCode, body: response.body === '' ? {} : response.json() };
  };
  const events = async (): Promise<readonly { action: string; name: string; detail: Record<string, unknown> }[]> =>
    (await sql<{ action: string; name: string; detail: Record<string, unknown> }>`select action, subject_name as name, detail from evidence.event order by id`.execute(database.kysely)).rows;
  const version = (): Promise<number> => configurationVersion(database.kysely);

  beforeAll(async () => {
    database = getDatabase();
    evidence = createEvidence({ database, gatewayName: async () => undefined });
    policies = createPolicies({ database, recordEvent: evidence.recordEvent });
    const identity = createIdentity({ database, recordEvent: evidence.recordEvent, lastUse: evidence.lastUse });
    token = identity.localToken.reveal();
    server = await createHttpServer({
      log: createLog('test', 'silent'),
      api: { title: 'Test', version: '0', description: '' },
      authenticate: async (request, access) => {
        if (access === 'gateway') throw forbidden('not_a_gateway', 'For gateways.');
        await identity.authenticate(request, access);
      },
    });
    policies.routes(server);
    await server.ready();
  });
  afterAll(() => closeHttpServer(server, 0));

  beforeEach(async () => {
    await sql`truncate policy.policy, policy.version, evidence.event`.execute(database.kysely);
    await policies.prepare();
  });

  describe('at start', () => {
    it('brings the built-in policies in, enforced, and once', async () => {
      const section = await policies.section();
      expect(section.map(({ name, mode, sharePercent }) => [name, mode, sharePercent])).toEqual(
        ['default-base', 'default-personal-data', 'default-secrets', 'default-uninspected'].map((name) => [name, 'enforce', 100]),
      );
      expect((await events()).map(({ action }) => action)).toEqual(Array.from({ length: 4 }, () => 'policy.created'));
      const before = await version();
      await policies.prepare();
      expect(await version()).toBe(before);
      expect(await policies.section()).toEqual(section);
    });

    it('takes the new text of a release and keeps the mode that was set', async () => {
      await call('PATCH', '/default-secrets', { mode: 'observe' });
      const context: PolicyContext = { database: database.withTables<PolicyTables>(), recordEvent: evidence.recordEvent, clock: { now: () => Date.now() } };
      await prepareBuiltIns(context, SYSTEM, [{ name: 'default-secrets', cedar: CEDAR, alwaysEnforced: false }]);
      const secrets = (await policies.section()).find(({ name }) => name === 'default-secrets');
      expect(secrets).toMatchObject({ cedar: CEDAR, mode: 'observe' });
      expect((await events()).at(-1)).toMatchObject({ action: 'policy.changed', name: 'default-secrets' });
    });

    it('lets several control processes start at once', async () => {
      await sql`truncate policy.policy, policy.version`.execute(database.kysely);
      await Promise.all(Array.from({ length: 4 }, () => policies.prepare()));
      expect(await policies.section()).toHaveLength(4);
    });
  });

  describe('the section', () => {
    it('makes an engine whose digest leads back to its entries', async () => {
      await call('POST', '', { name: 'no-iban', cedar: CEDAR, mode: 'enforce' });
      const section = await policies.section();
      const engine = createPolicyEngine(section);
      expect(await policies.entriesOf(engine.digest)).toEqual(section);
      expect(await policies.entriesOf('sha256:0')).toBeUndefined();
    });

    it('stays in one order, whatever the collation of the database', async () => {
      for (const name of ['b-1', 'b1', 'b-0', 'a']) await call('POST', '', { name, cedar: CEDAR });
      expect((await policies.section()).map(({ name }) => name).filter((name) => !name.startsWith('default-'))).toEqual(['a', 'b-0', 'b-1', 'b1']);
    });
  });

  describe('the API', () => {
    it('adds, reads, changes and removes a policy; each change raises the configuration and is an event', async () => {
      const before = await version();
      const added = await call('POST', '', { name: 'no-iban', cedar: CEDAR });
      expect(added).toMatchObject({ status: 201, body: { name: 'no-iban', description: 'No accounts.', cedar: CEDAR, mode: 'observe', sharePercent: 100, builtIn: false } });
      expect(added.body['id']).toMatch(/^pol_[0-9a-f]{32}$/);
      expect(await call('GET', `/${String(added.body['id'])}`)).toEqual({ status: 200, body: added.body });
      expect((await call('GET', '')).body.items).toHaveLength(5);

      const changed = await call('PATCH', '/no-iban', { mode: 'share', sharePercent: 20 });
      expect(changed).toMatchObject({ status: 200, body: { id: added.body['id'], mode: 'share', sharePercent: 20, cedar: CEDAR } });
      expect((await policies.section()).find(({ name }) => name === 'no-iban')).toMatchObject({ mode: 'share', sharePercent: 20 });

      expect((await call('DELETE', '/no-iban')).status).toBe(204);
      expect((await call('GET', '/no-iban')).status).toBe(404);
      expect(await version()).toBe(before + 3);
      expect((await events()).slice(4)).toEqual([
        { action: 'policy.created', name: 'no-iban', detail: { after: { cedar: CEDAR, mode: 'observe', sharePercent: 100 } } },
        { action: 'policy.changed', name: 'no-iban', detail: { before: { cedar: CEDAR, mode: 'observe', sharePercent: 100 }, after: { cedar: CEDAR, mode: 'share', sharePercent: 20 } } },
        { action: 'policy.removed', name: 'no-iban', detail: { before: { cedar: CEDAR, mode: 'share', sharePercent: 20 } } },
      ]);
    });

    it.each<[what: string, request: ['POST' | 'PATCH' | 'DELETE', string, object?], refusal: [status: number, code: string]]>([
      ['a policy that is not Cedar', ['POST', '', { name: 'x', cedar: 'permit all' }], [400, 'invalid_policy']],
      ['a policy that does not fit the schema', ['POST', '', { name: 'x', cedar: CEDAR.replace('kinds', 'kind') }], [400, 'invalid_policy']],
      ['a change to what is not Cedar', ['PATCH', '/mine', { cedar: 'permit all' }], [400, 'invalid_policy']],
      ['a name that is taken', ['POST', '', { name: 'mine', cedar: CEDAR }], [409, 'name_taken']],
      ['a name that is kept', ['POST', '', { name: 'default-mine', cedar: CEDAR }], [400, 'reserved_name']],
      ['a name that could be an id', ['POST', '', { name: 'pol_1', cedar: CEDAR }], [400, 'invalid_request']],
      ['a mode that is none', ['PATCH', '/mine', { mode: 'off' }], [400, 'invalid_request']],
      ['a share beyond all', ['PATCH', '/mine', { sharePercent: 101 }], [400, 'invalid_request']],
      ['a built-in text', ['PATCH', '/default-secrets', { cedar: CEDAR }], [409, 'built_in']],
      ['removing a built-in one', ['DELETE', '/default-secrets'], [409, 'built_in']],
      ['observing the base', ['PATCH', '/default-base', { mode: 'observe' }], [409, 'always_enforced']],
      ['changing one that is not there', ['PATCH', '/nothing', { mode: 'enforce' }], [404, 'not_found']],
      ['removing one that is not there', ['DELETE', '/nothing'], [404, 'not_found']],
    ])('refuses %s and leaves everything as it was', async (_what, request, [status, code]) => {
      await call('POST', '', { name: 'mine', cedar: CEDAR });
      const [section, serial] = [await policies.section(), await version()];
      expect(await call(...request)).toMatchObject({ status, body: { code } });
      expect(await policies.section()).toEqual(section);
      expect(await version()).toBe(serial);
    });

    it('says of a refused policy where it is wrong', async () => {
      const { body } = await call('POST', '', { name: 'x', cedar: CEDAR.replace('kinds', 'kind') });
      expect(body['detail']).toMatch(/Line 3, column \d+: attribute `kind`/);
    });

    it('checks a policy without saving it', async () => {
      expect((await call('POST', '/validate', { cedar: CEDAR })).body).toEqual({ ok: true, errors: [] });
      const { body } = await call('POST', '/validate', { cedar: CEDAR.replace('contains', 'contain') });
      expect(body).toMatchObject({ ok: false, errors: [{ line: 3, message: expect.any(String) as string }] });
      expect((await call('POST', '/validate', { cedar: '' })).body).toMatchObject({ ok: false });
    });

    it('is closed to whoever is not signed in', async () => {
      const response = await server.inject({ method: 'GET', url: '/api/v1/policies', headers: { host: 'localhost' } });
      expect(response.statusCode).toBe(401);
    });
  });

  it('takes turns when many change at once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => call('POST', '', { name: `p-${i % 3}`, cedar: CEDAR })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409, 409]);
    const section = await policies.section();
    expect(section).toHaveLength(7);
    expect(await policies.entriesOf(createPolicyEngine(section).digest)).toEqual(section);
  });
});

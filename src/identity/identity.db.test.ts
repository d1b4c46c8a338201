import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationVersion, type Database, type Tx } from '#platform/database/index.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { createLog } from '#platform/log.ts';
import { sha256Hex } from '#platform/crypto/digest.ts';
import { sql } from 'kysely';
import { describeOnBothEngines } from '../../test/harness/database.ts';
import { createIdentity, type Identity } from './index.ts';
import type { IdentityEvent } from './needs.ts';

const PASSWORD = 'correct horse battery';
const ADA = { name: 'Ada', email: 'Ada@Example.org' };

describeOnBothEngines('identity', (getDatabase) => {
  let database: Database;
  let identity: Identity;
  let server: HttpServer;
  let now: number;
  let events: IdentityEvent[];

  beforeEach(async () => {
    database = getDatabase();
    await sql`truncate identity.person, identity.session, identity.setup_token, identity.login_failure, identity.key, identity.application`.execute(database.kysely);
    now = Date.parse('2026-11-23T12:00:00Z');
    events = [];
    const recordEvent = async (_tx: Tx, event: IdentityEvent) => void events.push(event);
    identity = createIdentity({ database, recordEvent, lastUse: async () => new Map(), clock: { now: () => now } });
    server = await createHttpServer({
      log: createLog('test', 'silent'),
      api: { title: 'test', version: '0', description: '' },
      authenticate: (request, access) => {
        if (access === 'gateway') throw new Error('no route of identity is for gateways');
        return identity.authenticate(request, access);
      },
    });
    identity.routes(server);
    await server.ready();
  });

  afterEach(() => closeHttpServer(server));

  interface Call {
    readonly body?: object;
    readonly headers?: Record<string, string>;
  }

  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, { body, headers = {} }: Call = {}) => {
    const response = await server.inject({ method, url: `/api/v1${path}`, headers: { host: 'localhost', ...headers }, ...(body === undefined ? {} : { payload: body }) });
    return { status: response.statusCode, headers: response.headers, body: (response.body === '' ? {} : response.json()) as Record<string, never> };
  };
  const asLocal = () => ({ authorization: `Bearer ${identity.localToken.reveal()}` });
  const cookieOf = (headers: Record<string, unknown>) => String(headers['set-cookie']).split(';')[0] ?? '';

  async function setUpAda() {
    const token = (await identity.createSetupToken())?.reveal() ?? '';
    const answer = await call('POST', '/setup', { body: { token, ...ADA, password: PASSWORD } });
    expect(answer.status).toBe(201);
    return { cookie: cookieOf(answer.headers), 'x-sallyport-csrf': String(answer.body['csrf']) };
  }

  describe('set-up', () => {
    it('makes the first administrator once, with the one-time token', async () => {
      expect((await call('GET', '/setup')).body).toEqual({ needed: true });
      const token = (await identity.createSetupToken())?.reveal() ?? '';
      const body = { token, ...ADA, password: PASSWORD };
      expect(await call('POST', '/setup', { body: { ...body, token: 'wrong' } })).toMatchObject({ status: 403, body: { code: 'setup_token_invalid' } });
      expect(await call('POST', '/setup', { body: { ...body, password: 'too short' } })).toMatchObject({ status: 400 });
      const answers = await Promise.all([call('POST', '/setup', { body }), call('POST', '/setup', { body })]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      expect((await call('GET', '/setup')).body).toEqual({ needed: false });
      expect(await call('POST', '/setup', { body })).toMatchObject({ status: 409, body: { code: 'setup_done' } });
      expect(await identity.createSetupToken()).toBeUndefined();
      expect(events.map(({ action }) => action)).toEqual(['person.created']);
    });

    it('lets a token end after a day, and an earlier one at once', async () => {
      const first = (await identity.createSetupToken())?.reveal() ?? '';
      const second = (await identity.createSetupToken())?.reveal() ?? '';
      const body = { ...ADA, password: PASSWORD };
      expect((await call('POST', '/setup', { body: { ...body, token: first } })).status).toBe(403);
      now += 86_400_001;
      expect((await call('POST', '/setup', { body: { ...body, token: second } })).status).toBe(403);
    });
  });

  describe('sessions', () => {
    it('are a cookie out of reach of scripts, whose token is stored only hashed', async () => {
      const { cookie } = await setUpAda();
      const signIn = await call('POST', '/session', { body: { email: 'ada@example.ORG', password: PASSWORD } });
      expect(signIn).toMatchObject({ status: 200, body: { person: { name: 'Ada', role: 'administrator' } } });
      expect(signIn.headers['set-cookie']).toMatch(/^sallyport_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
      expect(cookieOf(signIn.headers)).not.toBe(cookie);
      const { rows } = await sql<{ token_hash: string }>`select token_hash from identity.session order by id`.execute(database.kysely);
      expect(rows.map((row) => row.token_hash)).toContain(sha256Hex(cookie.slice('sallyport_session='.length)));
      expect((await call('GET', '/session', { headers: { cookie } })).body).toMatchObject({ person: { email: 'Ada@Example.org' } });
    });

    it('end when idle for an hour, after twelve hours, and at sign-out', async () => {
      const headers = await setUpAda();
      now += 3_599_000;
      expect((await call('GET', '/session', { headers })).status).toBe(200);
      now += 3_599_000;
      expect((await call('GET', '/session', { headers })).status).toBe(200);
      now += 3_601_000;
      expect((await call('GET', '/session', { headers })).status).toBe(401);

      const again = async () => {
        const answer = await call('POST', '/session', { body: { email: ADA.email, password: PASSWORD } });
        return { cookie: cookieOf(answer.headers), 'x-sallyport-csrf': String(answer.body['csrf']) };
      };
      const long = await again();
      for (let hour = 0; hour < 11; hour += 1) {
        now += 3_590_000;
        expect((await call('GET', '/session', { headers: long })).status).toBe(200);
      }
      now += 3_590_000 + 120_000;
      expect((await call('GET', '/session', { headers: long })).status).toBe(401);

      const short = await again();
      expect((await call('DELETE', '/session', { headers: short })).status).toBe(204);
      expect((await call('GET', '/session', { headers: short })).status).toBe(401);
    });

    it('change nothing without their token, or for another site', async () => {
      const { cookie, ...csrf } = await setUpAda();
      const body = { name: 'billing', owner: 'finance', purpose: 'invoices' };
      const post = (headers: Record<string, string>) => call('POST', '/applications', { body, headers: { cookie, ...headers } });
      expect(await post({})).toMatchObject({ status: 403, body: { code: 'csrf_failed' } });
      expect((await post({ 'x-sallyport-csrf': 'a'.repeat(43) })).status).toBe(403);
      expect((await post({ ...csrf, origin: 'https://evil.example' })).status).toBe(403);
      expect((await post({ ...csrf, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      expect((await post({ ...csrf, origin: 'http://localhost', 'sec-fetch-site': 'same-origin' })).status).toBe(201);
      expect((await call('POST', '/session', { body: { email: ADA.email, password: PASSWORD }, headers: { origin: 'https://evil.example' } })).status).toBe(403);
    });

    it('do not count beside another credential', async () => {
      const { cookie } = await setUpAda();
      expect((await call('GET', '/applications', { headers: { cookie, authorization: 'Bearer spa_wrong' } })).status).toBe(401);
    });
  });

  describe('signing in', () => {
    it('says the same for a wrong password and an unknown account', async () => {
      await setUpAda();
      const wrong = await call('POST', '/session', { body: { email: ADA.email, password: 'wrong' } });
      const unknown = await call('POST', '/session', { body: { email: 'eve@example.org', password: 'wrong' } });
      const { instance: _a, ...wrongBody } = wrong.body;
      const { instance: _b, ...unknownBody } = unknown.body;
      expect(wrong.status).toBe(401);
      expect(unknownBody).toEqual(wrongBody);
    });

    it('slows down who guesses, and lets in after the wait', async () => {
      await setUpAda();
      const guess = (password: string) => call('POST', '/session', { body: { email: ADA.email, password } });
      for (let n = 0; n < 5; n += 1) expect((await guess(`guess ${n}`)).status).toBe(401);
      expect(await guess(PASSWORD)).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
      now += 1_100;
      expect((await guess(PASSWORD)).status).toBe(200);
      expect((await guess('once more')).status).toBe(401);
    });

    it('counts guesses that come at once', async () => {
      await setUpAda();
      const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => call('POST', '/session', { body: { email: ADA.email, password: `guess ${n}` } })));
      expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
    });
  });

  describe('roles', () => {
    it('let a viewer read and nothing else', async () => {
      await setUpAda();
      const viewer = { name: 'Vic', email: 'vic@example.org', password: PASSWORD, role: 'viewer' };
      expect((await call('POST', '/people', { body: viewer, headers: asLocal() })).status).toBe(201);
      expect((await call('POST', '/people', { body: { ...viewer, email: 'VIC@example.org' }, headers: asLocal() })).status).toBe(409);
      const answer = await call('POST', '/session', { body: { email: viewer.email, password: PASSWORD } });
      const headers = { cookie: cookieOf(answer.headers), 'x-sallyport-csrf': String(answer.body['csrf']) };
      expect((await call('GET', '/applications', { headers })).status).toBe(200);
      for (const [method, path, body] of [
        ['POST', '/applications', { name: 'a', owner: 'b', purpose: 'c' }],
        ['PATCH', '/applications/app_x', { name: 'b' }],
        ['POST', '/keys', { application: 'a' }],
        ['POST', '/keys/key_x/revoke', undefined],
        ['POST', '/people', viewer],
        ['POST', '/setup/tokens', undefined],
      ] as const) expect((await call(method, path, { headers, ...(body === undefined ? {} : { body }) })).body, path).toMatchObject({ code: 'administrator_needed' });
    });

    it('let nobody in without a credential', async () => {
      for (const path of ['/applications', '/keys', '/people', '/session']) expect((await call('GET', path)).status, path).toBe(401);
      expect((await call('GET', '/applications', { headers: asLocal() })).status).toBe(200);
      expect((await call('GET', '/session', { headers: asLocal() })).status).toBe(401);
    });
  });

  describe('applications and keys', () => {
    const create = (body: object) => call('POST', '/keys', { body, headers: asLocal() });

    it('make an application, refuse its name twice, and change it', async () => {
      const fields = { name: 'Billing', owner: 'finance', purpose: 'invoices' };
      const made = await call('POST', '/applications', { body: fields, headers: asLocal() });
      expect(made).toMatchObject({ status: 201, body: { ...fields, keys: { active: 0 } } });
      expect(await call('POST', '/applications', { body: { ...fields, name: 'BILLING' }, headers: asLocal() })).toMatchObject({ status: 409, body: { code: 'name_taken' } });
      const id = String(made.body['id']);
      expect((await call('PATCH', `/applications/${id}`, { body: { owner: 'sales' }, headers: asLocal() })).body).toMatchObject({ owner: 'sales', purpose: 'invoices' });
      expect((await call('GET', '/applications/app_00000000000070008000000000000000', { headers: asLocal() })).status).toBe(404);
      expect((await call('GET', '/applications/nonsense', { headers: asLocal() })).status).toBe(404);
      expect(await identity.applicationsSection()).toEqual([{ id: expect.any(String), name: 'Billing', owner: 'sales', purpose: 'invoices' }]);
      expect(events.map(({ action }) => action)).toEqual(['application.created', 'application.changed']);
    });

    it('give a key away once, keep its hash, and raise the configuration’s version', async () => {
      const before = await configurationVersion(database.kysely);
      const made = await create({ application: 'billing', createApplication: true });
      expect(made.status).toBe(201);
      const secret = String(made.body['secret']);
      expect(secret).toMatch(/^sp_[A-Za-z0-9_-]{43}$/);
      expect(await configurationVersion(database.kysely)).toBeGreaterThan(before);
      const [entry] = await identity.keysSection();
      expect(entry).toMatchObject({ hash: sha256Hex(secret), expiresAt: null });
      const list = await call('GET', '/keys', { headers: asLocal() });
      expect(JSON.stringify(list.body)).not.toContain(secret);
      expect(list.body).toMatchObject({ items: [{ lastFour: secret.slice(-4), applicationName: 'billing', revokedAt: null }] });
      expect(JSON.stringify(events)).not.toContain(secret.slice(3));
    });

    it('revoke a key for good', async () => {
      const id = String((await create({ application: 'billing', createApplication: true })).body['id']);
      const before = await configurationVersion(database.kysely);
      const revoked = await call('POST', `/keys/${id}/revoke`, { headers: asLocal() });
      expect(revoked).toMatchObject({ status: 200, body: { revokedAt: '2026-11-23T12:00:00.000Z' } });
      now += 1000;
      expect((await call('POST', `/keys/${id}/revoke`, { headers: asLocal() })).body).toEqual(revoked.body);
      expect(await configurationVersion(database.kysely)).toBe(before + 1);
      expect(await identity.keysSection()).toEqual([]);
      expect(events.filter(({ action }) => action === 'key.revoked').length).toBe(1);
    });

    it('refuse an unknown application, an expiry in the past, and nonsense', async () => {
      expect((await create({ application: 'nobody' })).status).toBe(404);
      expect(await create({ application: 'x', createApplication: true, expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 400, body: { code: 'expiry_in_past' } });
      expect((await create({ application: 'x', expiresAt: 'tomorrow' })).status).toBe(400);
      expect((await create({})).status).toBe(400);
    });

    it('leave nothing behind when the event cannot be kept', async () => {
      const failing = createIdentity({ database, recordEvent: () => Promise.reject(new Error('no room')), lastUse: async () => new Map(), clock: { now: () => now } });
      await expect(failing.createFirstSteps()).rejects.toThrow('no room');
      expect(await identity.applicationsSection()).toEqual([]);
    });

    it('make the first steps on an empty installation alone', async () => {
      expect((await identity.createFirstSteps())?.reveal()).toMatch(/^sp_/);
      expect(await identity.createFirstSteps()).toBeUndefined();
    });
  });
});

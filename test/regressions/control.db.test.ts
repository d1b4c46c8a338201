/** Incidents of other gateways' administration, replayed against control. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeApi } from '../../src/control-app.ts';
import { createIdentity, type Identity } from '#identity/index.ts';
import type { Database } from '#platform/database/index.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { createLog } from '#platform/log.ts';
import { describeOnBothEngines } from '../harness/database.ts';

describeOnBothEngines('incidents of peers', (getDatabase) => {
  let database: Database;
  let identity: Identity;
  let server: HttpServer;

  beforeAll(async () => {
    database = getDatabase();
    identity = createIdentity({ database, recordEvent: async () => undefined, lastUse: async () => new Map() });
    server = await createHttpServer({
      log: createLog('test', 'silent'),
      api: { title: 'test', version: '0', description: '' },
      authenticate: (request, access) => identity.authenticate(request, access as 'administrator'),
    });
    identity.routes(server);
    await server.ready();
  });

  afterAll(() => closeHttpServer(server));

  const call = async (method: 'GET' | 'POST', path: string, headers: Record<string, string>, body?: object) => {
    const response = await server.inject({ method, url: `/api/v1${path}`, headers: { host: 'localhost', ...headers }, ...(body === undefined ? {} : { payload: body }) });
    return { status: response.statusCode, headers: response.headers, text: response.body, body: (response.body === '' ? {} : response.json()) as Record<string, never> };
  };
  const local = () => ({ authorization: `Bearer ${identity.localToken.reveal()}` });

  describe('CVE-2026-42208: SQL in the Authorization header', () => {
    const INJECTIONS = ["' OR '1'='1", "x' UNION SELECT id FROM identity.person--", "'; DROP TABLE identity.key; --", "\\'; select pg_sleep(5); --", '$1', "\u0000'"];

    it.each(INJECTIONS)('%j lets nobody in, breaks nothing, and says nothing of the database', async (injection) => {
      const before = await counts();
      for (const headers of [{ authorization: `Bearer ${injection}` }, { cookie: `sallyport_session=${encodeURIComponent(injection)}` }, { cookie: `__Host-sallyport_session=${injection}` }]) {
        const answer = await call('GET', '/keys', headers);
        expect(answer.status).toBe(401);
        expect(answer.text).not.toMatch(/syntax|relation|identity\.|postgres/i);
      }
      const signIn = await call('POST', '/session', {}, { email: `a${encodeURIComponent(injection)}@example.org`, password: injection });
      expect([400, 401, 429]).toContain(signIn.status);
      expect(await counts()).toEqual(before);
    });

    const counts = async () => (await sql<{ tables: number }>`select count(*)::int as tables from information_schema.tables where table_schema = 'identity'`.execute(database.kysely)).rows;
  });

  describe('CVE-2026-47101, CVE-2026-47102: a key gets more than its maker has', () => {
    it('a key is for calls alone: it opens nothing of control', async () => {
      const { body } = await call('POST', '/keys', local(), { application: 'app', createApplication: true, allowed_routes: ['/*'], role: 'administrator', access: 'administrator', user_role: 'proxy_admin' });
      const secret = String(body['secret']);
      expect(secret).toMatch(/^sp_/);
      for (const headers of [{ authorization: `Bearer ${secret}` }, { 'x-api-key': secret }, { cookie: `sallyport_session=${secret}` }]) {
        for (const path of ['/keys', '/people', '/applications', '/session']) expect((await call('GET', path, headers)).status, path).toBe(401);
        expect((await call('POST', '/keys', headers, { application: 'app' })).status).toBe(401);
      }
      expect(Object.keys(body)).not.toContain('allowed_routes');
    });

    it('who may only look makes no key and nobody, least of all an administrator', async () => {
      const viewer = { name: 'Vic', email: 'vic@example.org', password: 'quiet harbour lantern', role: 'viewer' };
      expect((await call('POST', '/people', local(), viewer)).status).toBe(201);
      const session = await call('POST', '/session', {}, { email: viewer.email, password: viewer.password });
      const headers = { cookie: String(session.headers['set-cookie']).split(';')[0] ?? '', 'x-sallyport-csrf': String(session.body['csrf']) };
      expect((await call('GET', '/keys', headers)).status).toBe(200);
      expect((await call('POST', '/keys', headers, { application: 'app' })).status).toBe(403);
      expect((await call('POST', '/people', headers, { ...viewer, email: 'mal@example.org', role: 'administrator' })).status).toBe(403);
    });
  });

  describe('CVE-2026-35030: a token is known by its beginning', () => {
    it('one that differs in its last character is none', async () => {
      const token = identity.localToken.reveal();
      expect((await call('GET', '/keys', { authorization: `Bearer ${token}` })).status).toBe(200);
      const last = token.at(-1) === 'A' ? 'B' : 'A';
      for (const wrong of [token.slice(0, -1) + last, token.slice(0, 20), `${token}A`]) expect((await call('GET', '/keys', { authorization: `Bearer ${wrong}` })).status).toBe(401);
    });
  });
});

describe('CVE-2026-42203, CVE-2026-40217, CVE-2026-42271: code, templates and commands in requests', () => {
  it('no route takes any: no request has a member for them', async () => {
    const { paths, components } = (await describeApi()) as { paths: Record<string, unknown>; components?: unknown };
    const members = new Set(JSON.stringify([paths, components]).match(/"(?:[a-z]+_)?(?:code|script|template|command|args|exec|shell|function|plugin|regex|expression)":\{/gi));
    expect(Object.keys(paths).length).toBeGreaterThan(20);
    // The one `code` that there is, is the machine word of a reason, and only ever in answers.
    expect([...members].filter((member) => member !== '"code":{')).toEqual([]);
    expect(Object.keys(paths).filter((path) => /test|exec|eval|render|debug|proxy/.test(path))).toEqual([]);
  });
});

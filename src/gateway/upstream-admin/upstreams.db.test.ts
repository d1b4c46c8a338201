import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvidence } from '#evidence/index.ts';
import { createIdentity, type Identity } from '#identity/index.ts';
import { createSealingKey, open } from '#platform/crypto/sealing.ts';
import { configurationVersion, type Database } from '#platform/database/index.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { createLog } from '#platform/log.ts';
import { Secret } from '#platform/secret.ts';
import { describeOnBothEngines } from '../../../test/harness/database.ts';
import { createUpstreams, type Upstreams, type UpstreamHealth } from './index.ts';

const log = createLog('test', 'silent');
const API_KEY = 'sk-canary-0123456789abcdef';
const NEW = { name: 'local', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1/', apiKey: API_KEY, models: ['model-a', 'model-b'], allowPrivate: true };

describeOnBothEngines('upstreams', (getDatabase) => {
  const maskingKey = new Secret(randomBytes(32).toString('base64url'));
  const kek = new Secret(randomBytes(32).toString('base64url'));
  let database: Database;
  let identity: Identity;
  let upstreams: Upstreams;
  let server: HttpServer;
  let health: Map<string, UpstreamHealth>;

  const build = (keyEncryptionKey = kek) => {
    const { recordEvent } = createEvidence({ database, gatewayName: async () => undefined });
    return createUpstreams({ database, log, recordEvent, keyEncryptionKey, maskingKey, readHealth: () => health });
  };

  beforeEach(async () => {
    database = getDatabase();
    await sql`truncate gateway.upstream, evidence.event`.execute(database.kysely);
    health = new Map();
    const evidence = createEvidence({ database, gatewayName: async () => undefined });
    identity = createIdentity({ database, recordEvent: evidence.recordEvent, lastUse: evidence.lastUse });
    upstreams = build();
    server = await createHttpServer({ log, api: { title: 'test', version: '0', description: '' }, authenticate: (request, access) => identity.authenticate(request, access as 'administrator') });
    upstreams.routes(server);
    await server.ready();
  });

  afterEach(() => closeHttpServer(server));

  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
    const headers = { host: 'localhost', authorization: `Bearer ${identity.localToken.reveal()}` };
    const response = await server.inject({ method, url: `/api/v1/upstreams${path}`, headers, ...(body === undefined ? {} : { payload: body }) });
    return { status: response.statusCode, text: response.body, body: (response.body === '' ? {} : response.json()) as Record<string, never> };
  };
  const events = async () => (await sql<{ action: string; detail: object }>`select action, detail from evidence.event order by id`.execute(database.kysely)).rows;

  it('adds, shows, changes and removes one, each with its event and a new configuration', async () => {
    const before = await configurationVersion(database.kysely);
    const made = await call('POST', '', NEW);
    expect(made).toMatchObject({ status: 201, body: { name: 'local', baseUrl: 'http://127.0.0.1:9/v1', hasCredential: true, credentialLastFour: 'cdef', source: 'api', health: { state: 'unknown' } } });
    const id = String(made.body['id']);
    expect((await call('GET', `/${id}`)).body).toEqual((await call('GET', '/local')).body);
    expect((await call('PATCH', '/local', { models: ['model-c'], timeouts: { idleMs: 5_000 } })).body).toMatchObject({ models: ['model-c'], timeouts: { idleMs: 5_000, connectMs: 10_000 }, hasCredential: true });
    expect((await call('PATCH', '/local', { apiKey: null })).body).toMatchObject({ hasCredential: false });
    expect((await call('DELETE', '/local')).status).toBe(204);
    expect((await call('GET', '/local')).status).toBe(404);
    expect((await call('DELETE', '/local')).status).toBe(404);
    expect((await events()).map(({ action }) => action)).toEqual(['upstream.created', 'upstream.changed', 'upstream.changed', 'upstream.removed']);
    expect(await configurationVersion(database.kysely)).toBe(before + 4);
  });

  it('gives a credential to nobody but a gateway, sealed', async () => {
    const made = await call('POST', '', NEW);
    const answers = [made.text, (await call('GET', '')).text, (await call('GET', '/local')).text, JSON.stringify(await upstreams.section()), JSON.stringify(await events())];
    const { rows } = await sql<{ credential: string }>`select credential from gateway.upstream where name = 'local'`.execute(database.kysely);
    expect(rows[0]?.credential).toMatch(/^[\w-]{60,}$/);
    for (const text of [...answers, String(rows[0]?.credential)]) {
      expect(text).not.toContain(API_KEY);
      expect(text).not.toContain(Buffer.from(API_KEY).toString('base64url').slice(0, 20));
    }
    const gateway = createSealingKey();
    const [id = ''] = (await upstreams.section()).map((entry) => entry.id);
    const { upstreams: sealed, maskingKey: sealedMask } = await upstreams.credentialsFor(gateway.publicKey);
    expect(open(gateway, sealed[id] ?? '', `upstream:${id}`).toString()).toBe(API_KEY);
    expect(open(gateway, sealedMask, 'masking-key').toString()).toBe(maskingKey.reveal());
    expect(() => open(gateway, sealed[id] ?? '', 'masking-key')).toThrow();
    expect(() => open(createSealingKey(), sealed[id] ?? '', `upstream:${id}`)).toThrow();
  });

  it('opens no credential that was moved to another row or stored under another key', async () => {
    await call('POST', '', NEW);
    await call('POST', '', { ...NEW, name: 'other', models: ['model-z'], apiKey: 'sk-other-0123456789' });
    await sql`update gateway.upstream set credential = (select credential from gateway.upstream where name = 'other') where name = 'local'`.execute(database.kysely);
    const gateway = createSealingKey();
    const entries = new Map((await upstreams.section()).map(({ name, id }) => [name, id]));
    const { upstreams: sealed } = await upstreams.credentialsFor(gateway.publicKey);
    expect(Object.keys(sealed)).toEqual([entries.get('other')]);
    const stranger = build(new Secret(randomBytes(32).toString('base64url')));
    expect((await stranger.credentialsFor(gateway.publicKey)).upstreams).toEqual({});
    expect(() => build(new Secret('short'))).toThrow('32 bytes');
  });

  it('keeps a credential with the address that it was given for', async () => {
    await call('POST', '', NEW);
    expect(await call('PATCH', '/local', { baseUrl: 'http://127.0.0.1:10/v1' })).toMatchObject({ status: 400, body: { code: 'credential_needed' } });
    expect((await call('PATCH', '/local', { baseUrl: 'http://127.0.0.1:9/other' })).status).toBe(200);
    expect((await call('PATCH', '/local', { baseUrl: 'http://127.0.0.1:10/v1', apiKey: 'sk-new-0123456789012345' })).status).toBe(200);
    expect((await call('PATCH', '/local', { baseUrl: 'http://127.0.0.1:11/v1', apiKey: null })).body).toMatchObject({ hasCredential: false });
  });

  it('takes several upstreams for a model, with priority and weight, but none for the sandbox\'s', async () => {
    await upstreams.prepare({});
    await call('POST', '', { ...NEW, weight: 3 });
    expect(await call('POST', '', { ...NEW, name: 'second', priority: 1, attempts: 2, maxInFlight: 20 })).toMatchObject({ status: 201, body: { priority: 1, weight: 1, attempts: 2, maxInFlight: 20 } });
    expect((await call('PATCH', '/second', { weight: 7, models: ['model-b'] })).body).toMatchObject({ priority: 1, weight: 7, attempts: 2 });
    expect((await upstreams.section()).map(({ name, priority, weight }) => [name, priority, weight])).toEqual([['local', 0, 3], ['sandbox', 0, 1], ['second', 1, 7]]);
    expect(await call('POST', '', { ...NEW, name: 'third', models: ['sandbox-echo'] })).toMatchObject({ status: 409, body: { code: 'model_taken' } });
    expect(await call('PATCH', '/second', { models: ['sandbox-text'] })).toMatchObject({ status: 409, body: { code: 'model_taken' } });
  });

  it('knows the kinds: their addresses, versions and APIs', async () => {
    const { baseUrl: _none, ...withoutUrl } = { ...NEW, allowPrivate: false };
    expect((await call('POST', '', { ...withoutUrl, name: 'claude', kind: 'anthropic' })).body).toMatchObject({ kind: 'anthropic', baseUrl: 'https://api.anthropic.com/v1' });
    expect(await call('POST', '', { ...withoutUrl, name: 'other' })).toMatchObject({ status: 400, body: { code: 'base_url_needed' } });
    const azure = { ...withoutUrl, name: 'azure', kind: 'azure-openai', baseUrl: 'https://my.openai.azure.com/openai', apiVersion: '2024-10-21' };
    expect((await call('POST', '', azure)).body).toMatchObject({ apiVersion: '2024-10-21' });
    expect((await upstreams.section()).find(({ name }) => name === 'azure')).toMatchObject({ apiVersion: '2024-10-21' });
    expect((await call('PATCH', '/azure', { apiVersion: null })).body).not.toHaveProperty('apiVersion');
    expect(await call('PATCH', '/claude', { apiVersion: '2024-10-21' })).toMatchObject({ status: 400, body: { code: 'not_versioned' } });
    const response = await server.inject({ url: '/api/v1/upstream-kinds', headers: { host: 'localhost', authorization: `Bearer ${identity.localToken.reveal()}` } });
    const { items } = response.json<{ items: { kind: string; apis: string[] }[] }>();
    expect(items.map(({ kind }) => kind)).toEqual(['openai', 'azure-openai', 'anthropic', 'mistral', 'openai-compatible']);
    expect(items.find(({ kind }) => kind === 'anthropic')).toMatchObject({ apis: ['anthropic.messages', 'anthropic.count_tokens'], versioned: false });
  });

  it('refuses a taken name and what is not as it should be', async () => {
    await call('POST', '', NEW);
    expect(await call('POST', '', { ...NEW, models: ['x'] })).toMatchObject({ status: 409, body: { code: 'name_taken' } });
    for (const bad of [{ kind: 'unheard-of' }, { weight: 0 }, { priority: -1 }, { attempts: 9 }, { apiVersion: 'latest/../..' }, { name: 'Upper' }, { name: 'a_b' }, { models: [] }, { models: ['a', 'a'] }, { apiKey: 'has space' }, { apiKey: 'line\nbreak' }, { kind: 'sandbox' }, { timeouts: { idleMs: 1 } }]) {
      expect((await call('POST', '', { ...NEW, name: 'third', models: ['w'], ...bad })).status, JSON.stringify(bad)).toBe(400);
    }
    expect(await call('POST', '', { ...NEW, name: 'third', models: ['w'], baseUrl: 'http://api.example.com', allowPrivate: false })).toMatchObject({ status: 400, body: { code: 'invalid_base_url' } });
  });

  it('shows how an upstream does as the gateways say', async () => {
    await call('POST', '', NEW);
    const [entry] = await upstreams.section();
    health.set(entry?.id ?? '', { state: 'failing', since: '2026-11-23T12:00:00.000Z', error: 'upstream_unreachable', circuit: 'open' });
    expect((await call('GET', '/local')).body).toMatchObject({ health: { state: 'failing', error: 'upstream_unreachable', circuit: 'open' } });
  });

  describe('prepared at start', () => {
    const declared = { SALLYPORT_UPSTREAM_MY_GPT_BASE_URL: 'https://api.example.com/v1', SALLYPORT_UPSTREAM_MY_GPT_API_KEY: API_KEY, SALLYPORT_UPSTREAM_MY_GPT_MODELS: 'gpt-a, gpt-b' };

    it('brings the sandbox, once, which nobody changes', async () => {
      await upstreams.prepare({});
      await upstreams.prepare({});
      expect(await upstreams.section()).toMatchObject([{ name: 'sandbox', kind: 'sandbox', baseUrl: '', models: ['sandbox-echo', 'sandbox-text'] }]);
      expect((await call('DELETE', '/sandbox')).status).toBe(409);
      expect((await call('PATCH', '/sandbox', { models: ['x'] })).status).toBe(409);
    });

    it('follows the environment: adds, changes, leaves alone, removes', async () => {
      await upstreams.prepare(declared);
      expect((await call('GET', '/my-gpt')).body).toMatchObject({ source: 'environment', models: ['gpt-a', 'gpt-b'], hasCredential: true });
      expect((await call('PATCH', '/my-gpt', { models: ['x'] })).body).toMatchObject({ code: 'not_editable' });
      const version = await configurationVersion(database.kysely);
      await upstreams.prepare(declared);
      expect(await configurationVersion(database.kysely)).toBe(version);
      await upstreams.prepare({ ...declared, SALLYPORT_UPSTREAM_MY_GPT_API_KEY: 'sk-rotated-0123456789' });
      expect(await configurationVersion(database.kysely)).toBe(version + 1);
      await upstreams.prepare({ ...declared, SALLYPORT_UPSTREAM_MY_GPT_KIND: 'openai' });
      expect((await call('GET', '/my-gpt')).body).toMatchObject({ kind: 'openai', models: ['gpt-a', 'gpt-b'] });
      await upstreams.prepare({});
      expect((await call('GET', '/my-gpt')).status).toBe(404);
    });

    it('leaves out a declaration that cannot stand, and takes the rest', async () => {
      await upstreams.prepare({ ...declared, SALLYPORT_UPSTREAM_BAD_BASE_URL: 'http://api.example.com', SALLYPORT_UPSTREAM_BAD_MODELS: 'gpt-c', SALLYPORT_UPSTREAM_ODD_BASE_URL: 'https://api.example.com', SALLYPORT_UPSTREAM_ODD_KIND: 'odd', SALLYPORT_UPSTREAM_ODD_MODELS: 'gpt-d' });
      expect((await upstreams.section()).map(({ name }) => name)).toEqual(['my-gpt', 'sandbox']);
    });
  });
});

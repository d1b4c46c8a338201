import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open, seal, createSealingKey } from '#platform/crypto/sealing.ts';
import { createSigningKey, signText, verifyText } from '#platform/crypto/signing.ts';
import { bumpConfiguration, type Database } from '#platform/database/index.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { newId } from '#platform/ids.ts';
import { createLog } from '#platform/log.ts';
import { createEvidence } from '#evidence/index.ts';
import { describeOnBothEngines } from '../../../test/harness/database.ts';
import { closedRecord, openedRecord } from '../../../test/harness/records.ts';
import type { CredentialsSection, ExchangeRecord, SnapshotManifest } from '../../shapes.ts';
import { BATCH_MEDIA_TYPE, PATHS, signedTextOf, type EnrolmentAnswer, type Heartbeat } from '../protocol.ts';
import { recordText } from '../spool/record-text.ts';
import { createGateways, type Gateways } from './gateways.ts';

const INSTALLATION = newId();
const log = createLog('test', 'silent');
const signing = createSigningKey();

interface Member {
  readonly answer: EnrolmentAnswer;
  readonly signingKey: ReturnType<typeof createSigningKey>;
  readonly sealingKey: ReturnType<typeof createSealingKey>;
  readonly headers: { readonly authorization: string };
}

describeOnBothEngines('gateways of control', (getDatabase) => {
  let database: Database;
  let gateways: Gateways;
  let server: HttpServer;
  let now = Date.parse('2026-11-23T12:00:00Z');

  beforeAll(async () => {
    database = getDatabase();
    const evidence = createEvidence({ database, gatewayName: (id) => gateways.gatewayName(id) });
    gateways = createGateways({
      database, log, evidence, signingKey: signing, installation: INSTALLATION, clock: { now: () => now },
      sections: {
        keys: async () => [], applications: async () => [], policies: async () => [], upstreams: async () => [], detectors: async () => ({ disabled: [] }), limits: async () => ({ limits: [], prices: [] }),
        credentialsFor: async (sealingKey) => ({ upstreams: { u1: seal(sealingKey, Buffer.from('sk-upstream'), 'upstream:u1') }, maskingKey: seal(sealingKey, Buffer.from('mask'), 'masking-key') }),
      },
    });
    await gateways.start();
    server = await createHttpServer({
      log, api: { title: 'test', version: '0', description: '' },
      authenticate: async (request, access) => { if (access === 'gateway') await gateways.authenticate(request); },
    });
    gateways.routes(server);
    await server.ready();
  });
  afterAll(async () => {
    gateways.stop();
    await closeHttpServer(server);
  });

  const enrolWith = async (token: string, keys = { signingKey: createSigningKey(), sealingKey: createSealingKey() }) => {
    const payload = { token, name: 'anything', signingKey: keys.signingKey.publicKey, sealingKey: keys.sealingKey.publicKey };
    return { keys, response: await server.inject({ method: 'POST', url: PATHS.enrolment, payload }) };
  };
  const enrol = async (name = 'edge'): Promise<Member> => {
    const { token } = await gateways.createEnrolmentToken(name);
    const { keys, response } = await enrolWith(token);
    const answer = response.json<EnrolmentAnswer>();
    return { ...keys, answer, headers: { authorization: `Bearer ${answer.bearer}` } };
  };

  describe('enrolment', () => {
    it('trades a token for an identity, once', async () => {
      const { token } = await gateways.createEnrolmentToken('edge-1');
      const first = (await enrolWith(token)).response;
      expect(first.statusCode).toBe(201);
      expect(first.json()).toMatchObject({ name: 'edge-1', installation: INSTALLATION, signingKey: signing.publicKey });
      const second = (await enrolWith(token)).response;
      expect(second.statusCode).toBe(401);
      expect(second.json()).toMatchObject({ code: 'enrolment_token_invalid' });
      expect(await gateways.isEnrolled(first.json<EnrolmentAnswer>().gateway)).toBe(true);
    });

    it('lets two that hold one token at once in only once', async () => {
      const { token } = await gateways.createEnrolmentToken('twin');
      const answers = await Promise.all([enrolWith(token), enrolWith(token)]);
      expect(answers.map(({ response }) => response.statusCode).sort()).toEqual([201, 401]);
    });

    it('refuses a token that is expired, unknown or malformed, and after too many failures everybody of that address', async () => {
      const { token } = await gateways.createEnrolmentToken('late');
      now += 15 * 60_000 + 1;
      expect((await enrolWith(token)).response.statusCode).toBe(401);
      expect((await enrolWith(`spe_${'A'.repeat(43)}`)).response.statusCode).toBe(401);
      expect((await enrolWith('short')).response.statusCode).toBe(400);
      for (let n = 0; n < 20; n += 1) await enrolWith(`spe_${'A'.repeat(43)}`);
      const { token: good } = await gateways.createEnrolmentToken('patient');
      expect((await enrolWith(good)).response.statusCode).toBe(429);
      now += 60_001;
      expect((await enrolWith(good)).response.statusCode).toBe(201);
    });

    it('keeps neither token nor secret in clear', async () => {
      const { token } = await gateways.createEnrolmentToken('hashed');
      const { response } = await enrolWith(token);
      const { rows } = await sql<{ text: string }>`
        select (select coalesce(string_agg(t::text, ' '), '') from gateway.enrolment_token t) || (select coalesce(string_agg(g::text, ' '), '') from gateway.gateway g)
          || (select coalesce(string_agg(e::text, ' '), '') from evidence.event e) as text`.execute(database.kysely);
      expect(rows[0]?.text).not.toContain(token);
      expect(rows[0]?.text).not.toContain(response.json<EnrolmentAnswer>().bearer);
    });
  });

  describe('the gateways\' routes', () => {
    it.each([['GET', PATHS.snapshot], ['GET', `${PATHS.section}/keys`], ['POST', PATHS.records], ['POST', PATHS.heartbeat]] as const)('%s %s wants a gateway', async (method, url) => {
      const bearers = [undefined, 'Bearer x', `Bearer spg_${'A'.repeat(43)}`];
      for (const authorization of bearers) {
        const response = await server.inject({ method, url, headers: authorization === undefined ? {} : { authorization } });
        expect(response.statusCode).toBe(401);
      }
    });
  });

  describe('the snapshot', () => {
    const manifestOf = async (member: Member, after = -1, wait = 0) => {
      const response = await server.inject({ method: 'GET', url: `${PATHS.snapshot}?after=${after}&wait=${wait}`, headers: member.headers });
      if (response.statusCode === 204) return undefined;
      const { manifest, signature } = response.json<{ manifest: string; signature: string }>();
      expect(verifyText(signing.publicKey, manifest, signature)).toBe(true);
      return JSON.parse(manifest) as SnapshotManifest;
    };
    const bump = () => database.transaction((tx) => bumpConfiguration(tx));

    it('is signed, names gateway and installation, and its sections are those that it describes', async () => {
      const member = await enrol();
      const manifest = await manifestOf(member);
      expect(manifest).toMatchObject({ format: 1, installation: INSTALLATION, gateway: member.answer.gateway, maxAgeSeconds: 86_400 });
      for (const [name, { digest, bytes }] of Object.entries(manifest!.sections)) {
        const response = await server.inject({ method: 'GET', url: `${PATHS.section}/${name}?digest=${digest}`, headers: member.headers });
        expect(`sha256:${hash('sha256', response.rawPayload, 'hex')}`).toBe(digest);
        expect(response.rawPayload.length).toBe(bytes);
      }
    });

    it('seals credentials to the gateway that asks', async () => {
      const [one, other] = [await enrol(), await enrol()];
      const digest = (await manifestOf(one))!.sections.credentials.digest;
      const url = `${PATHS.section}/credentials?digest=${digest}`;
      const credentials = (await server.inject({ method: 'GET', url, headers: one.headers })).json<CredentialsSection>();
      expect(open(one.sealingKey, credentials.upstreams['u1']!, 'upstream:u1').toString()).toBe('sk-upstream');
      expect(() => open(other.sealingKey, credentials.upstreams['u1']!, 'upstream:u1')).toThrow();
      const foreign = await server.inject({ method: 'GET', url, headers: other.headers });
      expect([foreign.statusCode, foreign.json<{ code: string }>().code]).toEqual([404, 'section_gone']);
    });

    it('wakes who waits as soon as the configuration changes, in this process at once and within a second from another', async () => {
      const member = await enrol();
      const { serial } = (await manifestOf(member))!;
      expect(await manifestOf(member, serial)).toBeUndefined();
      const waiting = manifestOf(member, serial, 20);
      const began = performance.now();
      await bump();
      expect((await waiting)?.serial).toBe(serial + 1);
      expect(performance.now() - began).toBeLessThan(1_000);
      const again = manifestOf(member, serial + 1, 20);
      const beganAgain = performance.now();
      await sql`update platform.configuration set version = version + 1`.execute(database.kysely);
      expect((await again)?.serial).toBe(serial + 2);
      expect(performance.now() - beganAgain).toBeLessThan(2_000);
    });
  });

  describe('records', () => {
    interface BatchOptions {
      readonly first?: number;
      readonly epoch?: string;
      readonly final?: boolean;
      readonly gateway?: string;
      readonly change?: (lines: string) => string;
      readonly signingKey?: ReturnType<typeof createSigningKey>;
    }
    const batchOf = (member: Member, records: readonly ExchangeRecord[], options: BatchOptions = {}): Buffer => {
      const first = options.first ?? 1;
      const lines = records.map((record, n) => `${first + n} ${recordText(record)}\n`).join('');
      const unsigned = {
        format: 1, gateway: options.gateway ?? member.answer.gateway, epoch: options.epoch ?? newId(), first, count: records.length, final: options.final ?? false,
        digest: `sha256:${hash('sha256', lines, 'hex')}`,
      } as const;
      const header = { ...unsigned, signature: signText(options.signingKey ?? member.signingKey, signedTextOf(unsigned)) };
      return Buffer.from(`${JSON.stringify(header)}\n${(options.change ?? ((text: string) => text))(lines)}`);
    };
    const send = (member: Member, payload: Buffer) =>
      server.inject({ method: 'POST', url: PATHS.records, headers: { ...member.headers, 'content-type': BATCH_MEDIA_TYPE }, payload });
    const exchangeOf = () => {
      const opened = openedRecord();
      return [opened, closedRecord(opened)];
    };
    const storedIds = async (member: Member) =>
      (await sql<{ id: string }>`select id from evidence.exchange where gateway = ${member.answer.gateway}::uuid`.execute(database.kysely)).rows.map(({ id }) => id);
    const alarmsOf = async (member: Member) =>
      (await sql<{ kind: string; detail: unknown }>`select kind, detail from evidence.alarm where gateway = ${member.answer.gateway}::uuid order by id`.execute(database.kysely)).rows;
    const gapsOf = async (member: Member) => (await gateways.status()).gateways.find(({ id }) => id.endsWith(member.answer.gateway.replaceAll('-', '')))?.records;

    it('are stored once, however often they are sent', async () => {
      const member = await enrol();
      const epoch = newId();
      const records = [...exchangeOf(), ...exchangeOf()];
      const payload = batchOf(member, records, { epoch });
      expect((await send(member, payload)).json()).toEqual({ acknowledged: 4 });
      expect((await send(member, payload)).json()).toEqual({ acknowledged: 4 });
      const overlapping = batchOf(member, [...records.slice(2), ...exchangeOf()], { epoch, first: 3 });
      expect((await send(member, overlapping)).json()).toEqual({ acknowledged: 6 });
      expect(await storedIds(member)).toHaveLength(3);
      expect(await alarmsOf(member)).toEqual([]);
      expect(await gapsOf(member)).toEqual({ acknowledged: 6, gaps: 0 });
    });

    it('are stored once when the same batch arrives twice at the same time', async () => {
      const member = await enrol();
      const payload = batchOf(member, exchangeOf(), { epoch: newId() });
      const answers = await Promise.all([send(member, payload), send(member, payload), send(member, payload)]);
      expect(answers.map((answer) => answer.json<unknown>())).toEqual([{ acknowledged: 2 }, { acknowledged: 2 }, { acknowledged: 2 }]);
      expect(await storedIds(member)).toHaveLength(1);
      expect(await alarmsOf(member)).toEqual([]);
    });

    it('raise an alarm where numbers are missing, and are taken', async () => {
      const member = await enrol();
      const epoch = newId();
      await send(member, batchOf(member, exchangeOf(), { epoch }));
      expect((await send(member, batchOf(member, exchangeOf(), { epoch, first: 9 }))).json()).toEqual({ acknowledged: 10 });
      expect(await alarmsOf(member)).toEqual([{ kind: 'sequence_gap', detail: { expected: 3, received: 9 } }]);
      expect(await gapsOf(member)).toMatchObject({ gaps: 1 });
      expect(await storedIds(member)).toHaveLength(2);
    });

    it('raise an alarm when an epoch was replaced before it ended, not when it ended', async () => {
      const member = await enrol();
      const [ended, lost, next] = [newId(), newId(), newId()];
      await send(member, batchOf(member, exchangeOf(), { epoch: ended, final: true }));
      await send(member, batchOf(member, exchangeOf(), { epoch: lost }));
      expect(await alarmsOf(member)).toEqual([]);
      await send(member, batchOf(member, exchangeOf(), { epoch: next }));
      expect(await alarmsOf(member)).toEqual([{ kind: 'sequence_gap', detail: { unfinishedEpoch: lost, storedUpTo: 2 } }]);
      await send(member, batchOf(member, [], { epoch: next, first: 3, final: true }));
      expect(await alarmsOf(member)).toHaveLength(1);
    });

    const planted = createSigningKey();
    const bad: [string, string, (member: Member) => Buffer][] = [
      ['signed by somebody else', 'signature_invalid', (member) => batchOf(member, exchangeOf(), { signingKey: planted })],
      ['with an altered record', 'digest_invalid', (member) => batchOf(member, exchangeOf(), { change: (lines) => lines.replace('"answered"', '"refused"') })],
      ['with a record left out', 'digest_invalid', (member) => batchOf(member, exchangeOf(), { change: (lines) => lines.slice(lines.indexOf('\n') + 1) })],
      ['of another gateway', 'other_gateway', (member) => batchOf(member, exchangeOf(), { gateway: newId() })],
      ['that is empty and not final', 'batch_empty', (member) => batchOf(member, [])],
      ['with an unknown version of a record', 'record_malformed', (member) => batchOf(member, [{ ...openedRecord(), v: 2 as 1 }])],
      ['with a member that no version has', 'record_malformed', (member) => batchOf(member, [{ ...openedRecord(), prompt: 'text' } as ExchangeRecord])],
      ['with a text that is too long', 'record_malformed', (member) => batchOf(member, [openedRecord({ upstream: 'x'.repeat(300) })])],
      ['with an id that is none', 'record_malformed', (member) => batchOf(member, [openedRecord({ exchange: 'x' })])],
      ['without its first line', 'batch_malformed', () => Buffer.from('1 {}')],
      ['whose first line is no description', 'batch_malformed', () => Buffer.from('{"format":2}\n')],
    ];
    it.each(bad)('%s are refused as malformed, nothing of them is stored, and an alarm is', async (_name, code, make) => {
      const member = await enrol();
      const response = await send(member, make(member));
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code });
      expect(await storedIds(member)).toEqual([]);
      expect((await alarmsOf(member)).map(({ kind, detail }) => [kind, (detail as { code: string }).code])).toEqual([['batch_refused', code]]);
    });

    it('must come in their own media type, and not be larger than a batch', async () => {
      const member = await enrol();
      const json = await server.inject({ method: 'POST', url: PATHS.records, headers: member.headers, payload: {} });
      expect(json.statusCode).toBe(415);
      expect((await send(member, Buffer.alloc(5 * 1024 * 1024, 'x'))).statusCode).toBe(413);
    });
  });

  describe('a heartbeat', () => {
    const beat = (changes: Partial<Heartbeat> = {}): Heartbeat => ({ version: '0.1.0', serial: 3, epoch: newId(), inFlight: 2, spool: { bytes: 10, unsent: 1, stopped: false }, upstreams: [], ...changes });

    it('shows in the list of gateways, which says who was heard from', async () => {
      const member = await enrol('heard');
      const find = async () => (await server.inject({ method: 'GET', url: '/api/v1/gateways' })).json<{ items: { id: string; name: string }[] }>().items.find(({ name }) => name === 'heard');
      expect(await find()).toMatchObject({ connected: false, lastSeenAt: null });
      const upstream = { id: newId(), name: 'openai', state: 'failing', since: '2026-11-23T12:00:00.000Z', error: 'upstream_timeout' } as const;
      const response = await server.inject({ method: 'POST', url: PATHS.heartbeat, headers: member.headers, payload: beat({ upstreams: [upstream] }) });
      expect(response.statusCode).toBe(204);
      expect(await find()).toMatchObject({ connected: true, serial: 3, inFlight: 2, spoolBytes: 10, unsent: 1 });
      expect((await gateways.upstreamHealth()).get(upstream.id)).toMatchObject({ state: 'failing', error: 'upstream_timeout' });
      now += 10_001;
      expect(await find()).toMatchObject({ connected: false });
      expect((await gateways.upstreamHealth()).size).toBe(0);
    });

    it('that is malformed is refused', async () => {
      const member = await enrol();
      const response = await server.inject({ method: 'POST', url: PATHS.heartbeat, headers: member.headers, payload: { ...beat(), inFlight: -1 } });
      expect(response.statusCode).toBe(400);
    });
  });
});

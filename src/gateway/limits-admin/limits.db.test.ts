import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEvidence } from '#evidence/index.ts';
import { createIdentity, type Identity } from '#identity/index.ts';
import { systemClock } from '#platform/clock.ts';
import { configurationVersion, type Database } from '#platform/database/index.ts';
import { closeHttpServer, createHttpServer, type HttpServer } from '#platform/http/index.ts';
import { fromPublicId, newId } from '#platform/ids.ts';
import { createLog } from '#platform/log.ts';
import { describeOnBothEngines } from '../../../test/harness/database.ts';
import { createLimits, type Limits } from './index.ts';
import { leaseBudgets } from './lease-budgets.ts';
import type { LimitTables } from './tables.ts';

const log = createLog('test', 'silent');
const NEW = { name: 'monthly', scope: 'application', measure: 'money', amount: 1_000, period: 'month', currency: 'USD' };

describeOnBothEngines('limits', (getDatabase) => {
  const gateway = newId();
  let database: Database;
  let identity: Identity;
  let limits: Limits;
  let server: HttpServer;

  beforeEach(async () => {
    database = getDatabase();
    await sql`truncate gateway.budget_lease, gateway.usage_limit, gateway.stream, gateway.enrolment_token, gateway.gateway, evidence.event`.execute(database.kysely);
    await sql`insert into gateway.gateway (id, name, bearer_hash, signing_key, sealing_key, enrolled_at) values (${gateway}, 'g', 'h', 's', 'x', now())`.execute(database.kysely);
    const evidence = createEvidence({ database, gatewayName: async () => undefined });
    identity = createIdentity({ database, recordEvent: evidence.recordEvent, lastUse: evidence.lastUse });
    limits = createLimits({ database, recordEvent: evidence.recordEvent, subjectExists: async () => false, gatewayOf: () => gateway });
    server = await createHttpServer({
      log, api: { title: 'test', version: '0', description: '' },
      authenticate: (request, access) => (access === 'gateway' ? Promise.resolve() : identity.authenticate(request, access)),
    });
    limits.routes(server);
    await server.ready();
  });
  afterEach(() => closeHttpServer(server));

  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
    const headers = { host: 'localhost', authorization: `Bearer ${identity.localToken.reveal()}` };
    const response = await server.inject({ method, url: path, headers, ...(body === undefined ? {} : { payload: body }) });
    return { status: response.statusCode, body: (response.body === '' ? {} : response.json()) as Record<string, never> };
  };
  const actions = async () => (await sql<{ action: string }>`select action from evidence.event order by id`.execute(database.kysely)).rows.map(({ action }) => action);
  const make = async (changes: object = {}): Promise<string> => fromPublicId('lim', String((await call('POST', '/api/v1/limits', { ...NEW, ...changes })).body['id']));
  const lease = async (limit: string, changes: object): Promise<number> => {
    const answer = await call('POST', '/internal/v1/budget-leases', {
      instance: newId(), leases: [{ limit, subject: '', period: '2026-11', spent: 0, wanted: 0, sequence: 1, ...changes }],
    });
    return (answer.body as unknown as { granted: number[] }).granted[0] as number;
  };
  const ask = (limit: string, instance: string, { spent, wanted, sequence }: { spent: number; wanted: number; sequence: number }) =>
    leaseBudgets({ database: database.withTables<LimitTables>(), clock: systemClock }, gateway, { instance, leases: [{ limit, subject: '', period: '2026-11', spent, wanted, sequence }] })
      .then(({ granted }) => granted[0] as number);

  it('are added, shown, changed and removed, each with its event and a new configuration', async () => {
    const before = await configurationVersion(database.kysely);
    const made = await call('POST', '/api/v1/limits', NEW);
    expect(made).toMatchObject({ status: 201, body: { name: 'monthly', subject: null, amount: 1_000, unknownPrice: 'refuse', spending: [] } });
    expect((await call('GET', '/api/v1/limits/monthly')).body).toEqual((await call('GET', `/api/v1/limits/${String(made.body['id'])}`)).body);
    expect((await call('PATCH', '/api/v1/limits/monthly', { amount: 5 })).body).toMatchObject({ amount: 5 });
    expect((await limits.section()).limits).toMatchObject([{ name: 'monthly', amount: 5, period: 'month', currency: 'USD' }]);
    expect((await limits.section()).prices.length).toBeGreaterThan(20);
    expect((await call('DELETE', '/api/v1/limits/monthly')).status).toBe(204);
    expect((await call('GET', '/api/v1/limits')).body).toEqual({ items: [] });
    expect(await actions()).toEqual(['limit.created', 'limit.changed', 'limit.removed']);
    expect(await configurationVersion(database.kysely)).toBe(before + 3);
  });

  it('are refused where their members do not fit together', async () => {
    for (const changes of [{ period: null }, { currency: null }, { period: 'minute' }, { measure: 'concurrency', currency: null }, { measure: 'tokens' }]) {
      expect(await call('POST', '/api/v1/limits', { ...NEW, ...changes })).toMatchObject({ status: 400, body: { code: 'invalid_limit' } });
    }
    expect((await call('POST', '/api/v1/limits', { ...NEW, amount: 0 })).status).toBe(400);
    expect((await call('POST', '/api/v1/limits', { ...NEW, subject: 'app_0190000000007000800000000000000a' })).status).toBe(404);
    await make();
    expect(await call('POST', '/api/v1/limits', NEW)).toMatchObject({ status: 409, body: { code: 'name_taken' } });
  });

  it('are leased to gateways, all together never beyond the budget', async () => {
    const limit = await make();
    const runs = Array.from({ length: 8 }, () => newId());
    const granted = await Promise.all(runs.map((instance) => ask(limit, instance, { spent: 0, wanted: 300, sequence: 1 })));
    expect(granted.reduce((sum, one) => sum + one, 0)).toBe(1_000);
    expect(granted.filter((one) => one === 300)).toHaveLength(3);
  });

  it('take a declaration once, and a late one not at all', async () => {
    const limit = await make();
    const run = newId();
    expect(await ask(limit, run, { spent: 0, wanted: 100, sequence: 1 })).toBe(100);
    expect(await ask(limit, run, { spent: 0, wanted: 100, sequence: 1 })).toBe(100);
    expect(await ask(limit, run, { spent: 40, wanted: 400, sequence: 3 })).toBe(400);
    expect(await ask(limit, run, { spent: 10, wanted: 10, sequence: 2 })).toBe(400);
    expect(await ask(limit, run, { spent: 50, wanted: 50, sequence: 4 })).toBe(50);
    expect(await ask(limit, newId(), { spent: 0, wanted: 2_000, sequence: 1 })).toBe(950);
  });

  it('show what is spent and held in the period that it is', async () => {
    const limit = await make({ scope: 'installation' });
    const period = new Date().toISOString().slice(0, 7);
    expect(await lease(limit, { period, spent: 30, wanted: 100 })).toBe(100);
    expect(await lease(limit, { period: '2020-01', spent: 70, wanted: 70 })).toBe(70);
    expect((await call('GET', '/api/v1/limits/monthly')).body).toMatchObject({ spending: [{ subject: null, spent: 30, held: 100 }] });
  });

  it('are forgotten when their period is long over', async () => {
    const limit = await make();
    const [old, now] = [newId(), newId()];
    await ask(limit, old, { spent: 0, wanted: 100, sequence: 1 });
    await sql`update gateway.budget_lease set updated_at = now() - interval '70 days'`.execute(database.kysely);
    await ask(limit, now, { spent: 0, wanted: 100, sequence: 1 });
    await limits.tidy();
    expect((await sql<{ instance: string }>`select instance from gateway.budget_lease`.execute(database.kysely)).rows).toEqual([{ instance: now }]);
  });

  it('grant nothing of a budget that was removed', async () => {
    expect(await lease(newId(), { spent: 7, wanted: 100 })).toBe(7);
  });
});

import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#platform/database/index.ts';
import { newId } from '#platform/ids.ts';
import { describeOnBothEngines } from '../../test/harness/database.ts';
import type { ClosedRecord, OpenedRecord } from '../shapes.ts';
import { exchangesQuery } from './exchange-schemas.ts';
import { createEvidence, type Evidence, type SequencedRecord } from './index.ts';
import { findExchange, listExchanges } from './read-exchanges.ts';
import { readOverview } from './read-overview.ts';

const NOW = Date.parse('2026-11-23T12:00:30.000Z');
const GATEWAY = '0192f0c1-0000-7000-8000-000000000001';
const EPOCH = '0192f0c1-0000-7000-8000-0000000000e1';
const APPLICATION = '0192f0c1-0000-7000-8000-0000000000a1';
const KEY = '0192f0c1-0000-7000-8000-0000000000b1';

let serial = 0;
/** A UUIDv7 of a given instant. */
function idAt(ms: number): string {
  serial += 1;
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${serial.toString(16).padStart(12, '0')}`;
}

function opened(exchange: string, more: Partial<OpenedRecord> = {}): OpenedRecord {
  return {
    v: 1, phase: 'opened', exchange, at: new Date(NOW).toISOString(), api: 'openai.chat_completions', method: 'POST', path: '/v1/chat/completions',
    keyId: KEY, keyName: 'default', applicationId: APPLICATION, applicationName: 'billing', purpose: 'invoices', model: 'sandbox-echo', upstream: 'sandbox', stream: false, ...more,
  };
}

function closed(exchange: string, more: Partial<ClosedRecord> = {}): ClosedRecord {
  return {
    ...opened(exchange), phase: 'closed', receivedAt: new Date(NOW).toISOString(), outcome: 'answered', status: 200, effect: 'permit', reasons: [], obligations: [], findings: [],
    masked: 0, restored: 0, bytes: { request: 10, answer: 20 }, times: { total: 2_000, dispatch: 1_500, answer: 100 },
    versions: { software: '0.1.0', snapshotSerial: 1, policies: 'sha256:p', detectors: 'sha256:d' }, ...more,
  };
}

const numbered = (...records: SequencedRecord['record'][]): SequencedRecord[] => records.map((record, n) => ({ sequence: n + 1, record }));

describeOnBothEngines('evidence', (getDatabase) => {
  let database: Database;
  let evidence: Evidence;
  const store = (records: readonly SequencedRecord[], gateway = GATEWAY) => database.transaction((tx) => evidence.storeRecords(tx, gateway, EPOCH, records));
  const alarms = async () => (await sql<{ kind: string; detail: { sequences: number[] } }>`select kind, detail from evidence.alarm order by id`.execute(database.kysely)).rows;
  const list = (query: object) => listExchanges(database.kysely, exchangesQuery.parse(query));

  beforeEach(async () => {
    database = getDatabase();
    evidence = createEvidence({ database, gatewayName: async () => 'gateway-1', clock: { now: () => NOW } });
    await sql`truncate evidence.exchange, evidence.exchange_rollup, evidence.latency_rollup, evidence.finding_rollup, evidence.last_use, evidence.alarm`.execute(database.kysely);
  });

  describe('storing', () => {
    it('makes one row of an opening and an end, in whichever order and batches they come', async () => {
      const [together, inTurn, reversed] = [idAt(NOW), idAt(NOW), idAt(NOW)];
      await store(numbered(opened(together), closed(together), opened(inTurn), closed(reversed)));
      await store([{ sequence: 5, record: closed(inTurn) }, { sequence: 6, record: opened(reversed) }]);
      for (const [id, sequences] of [[together, [1, 2]], [inTurn, [3, 5]], [reversed, [6, 4]]] as const) {
        const row = await findExchange(database.kysely, id);
        expect(row?.record.phase).toBe('closed');
        expect([row?.opened_sequence, row?.closed_sequence]).toEqual(sequences);
      }
      expect((await readOverview(database.kysely, '1h', NOW)).totals.exchanges).toBe(3);
      expect(await alarms()).toEqual([]);
    });

    it('ends an exchange once: a second end is dropped with an alarm and counted nowhere', async () => {
      const id = idAt(NOW);
      await store(numbered(closed(id)));
      await store([{ sequence: 7, record: closed(id, { outcome: 'failed' }) }]);
      const row = await findExchange(database.kysely, id);
      expect(row?.record).toMatchObject({ outcome: 'answered' });
      expect((await readOverview(database.kysely, '1h', NOW)).totals).toMatchObject({ exchanges: 1, failed: 0 });
      expect(await alarms()).toEqual([{ kind: 'record_conflict', detail: { sequences: [7] } }]);
    });

    it('lets no gateway touch the exchanges of another', async () => {
      const id = idAt(NOW);
      const stranger = newId();
      await store(numbered(opened(id)));
      await store(numbered(closed(id, { outcome: 'failed' })), stranger);
      const row = await findExchange(database.kysely, id);
      expect(row).toMatchObject({ gateway: GATEWAY, closed_sequence: null });
      expect(row?.record.phase).toBe('opened');
      expect((await alarms()).map(({ kind }) => kind)).toEqual(['record_conflict']);
    });

    it('keeps exchanges of absurd times, and moves them when their day comes', async () => {
      const future = NOW + 20 * 86_400_000;
      const [ancient, early] = [idAt(1_000), idAt(future)];
      await store(numbered(closed(ancient), closed(early)));
      const partitionOf = async (id: string) => (await sql<{ name: string }>`select tableoid::regclass::text as name from evidence.exchange where id = ${id}::uuid`.execute(database.kysely)).rows[0]?.name;
      expect(await partitionOf(ancient)).toBe('evidence.exchange_default');
      expect(await partitionOf(early)).toBe('evidence.exchange_default');
      const later = createEvidence({ database, gatewayName: async () => undefined, clock: { now: () => future } });
      await database.transaction((tx) => later.storeRecords(tx, GATEWAY, EPOCH, numbered(closed(idAt(future)))));
      expect(await partitionOf(early)).toBe('evidence.exchange_d20261213');
      expect(await partitionOf(ancient)).toBe('evidence.exchange_default');
      await later.preparePartitions();
    });

    it('makes a day again after the transaction that made it failed', async () => {
      const day = NOW - 9 * 86_400_000;
      const attempt = database.transaction(async (tx) => {
        await evidence.storeRecords(tx, GATEWAY, EPOCH, numbered(closed(idAt(day))));
        throw new Error('the batch fails after all');
      });
      await expect(attempt).rejects.toThrow('after all');
      const id = idAt(day);
      await store(numbered(closed(id)));
      expect(await findExchange(database.kysely, id)).toBeDefined();
    });

    it('takes batches of two gateways at once into a day that is not there yet', async () => {
      const day = NOW - 11 * 86_400_000;
      const ids = Array.from({ length: 6 }, () => idAt(day));
      await Promise.all(ids.map((id) => store(numbered(opened(id), closed(id)), newId())));
      expect((await list({ from: new Date(day - 1000).toISOString(), to: new Date(day + 1000).toISOString() })).items.length).toBe(6);
    });

    it('stores what jsonb cannot hold as a replacement character', async () => {
      const id = idAt(NOW);
      await store(numbered(closed(id, { model: 'a\u0000b\ud800' })));
      expect((await findExchange(database.kysely, id))?.record.model).toBe('a\uFFFDb\uFFFD');
    });

    it('remembers when keys and applications were last used', async () => {
      const late = '2026-11-23T12:00:30.500Z';
      await store(numbered(closed(idAt(NOW), { receivedAt: late }), closed(idAt(NOW), { receivedAt: '2026-11-23T12:00:29.000Z' })));
      expect(await evidence.lastUse([KEY, APPLICATION, newId()])).toEqual(new Map([[KEY, late], [APPLICATION, late]]));
    });
  });

  describe('reading', () => {
    it('walks all exchanges page by page, newest first, and back', async () => {
      const ids = Array.from({ length: 7 }, (_, n) => idAt(NOW + n));
      await store(numbered(...ids.map((id) => closed(id))));
      const walked: string[] = [];
      let before: string | undefined;
      do {
        const page = await list({ limit: 3, ...(before === undefined ? {} : { before }) });
        walked.push(...page.items.map((item) => item.id));
        before = page.next;
      } while (before !== undefined);
      expect(walked).toEqual(ids.toReversed().map((id) => `exc_${id.replaceAll('-', '')}`));
      const newer = await list({ limit: 3, after: walked[5] });
      expect(newer.items.map((item) => item.id)).toEqual(walked.slice(2, 5));
      expect(newer.next).toBe(walked[2]);
    });

    it('filters by each column', async () => {
      const secret = { direction: 'request', detector: 'sensitive/github_token', kind: 'github_token', label: 'secret', count: 1, confidence: 1, roles: ['user'] } as const;
      const refused = idAt(NOW);
      await store(numbered(closed(idAt(NOW)), closed(refused, { outcome: 'refused', effect: 'deny', findings: [secret], model: 'other', upstream: 'there', applicationId: KEY })));
      for (const filter of [{ outcome: 'refused' }, { effect: 'deny' }, { kind: 'github_token' }, { model: 'other' }, { upstream: 'there' }, { application: `app_${KEY.replaceAll('-', '')}` }]) {
        expect((await list(filter)).items.map((item) => item.id), JSON.stringify(filter)).toEqual([`exc_${refused.replaceAll('-', '')}`]);
      }
      expect((await list({ kind: 'iban' })).items).toEqual([]);
    });

    it('refuses two cursors and a cursor that cannot be', async () => {
      await expect(list({ before: 'exc_1' })).rejects.toMatchObject({ status: 404 });
      const id = `exc_${idAt(NOW).replaceAll('-', '')}`;
      await expect(list({ before: id, after: id })).rejects.toMatchObject({ code: 'two_cursors' });
    });

    it('adds up the overview from counts that match the rows', async () => {
      const email = { direction: 'request', detector: 'sensitive/email_address', kind: 'email_address', label: 'personal_data', count: 2, confidence: 1, roles: ['user'] } as const;
      await store(numbered(
        closed(idAt(NOW), { effect: 'transform', masked: 2, findings: [email] }),
        closed(idAt(NOW), { outcome: 'refused', effect: 'deny', times: { total: 300 } }),
        closed(idAt(NOW), { outcome: 'interrupted', status: 0, times: {} }),
        opened(idAt(NOW)),
      ));
      for (const window of ['1h', '24h', '7d'] as const) {
        const overview = await readOverview(database.kysely, window, NOW);
        expect(overview.totals).toEqual({ exchanges: 3, answered: 1, refused: 1, failed: 0, aborted: 0, interrupted: 1, transformed: 1, masked: 2, findings: 2 });
        expect(overview.series.reduce((sum, step) => sum + step.answered + step.refused + step.failed, 0)).toBe(3);
        expect(overview.findings).toMatchObject([{ kind: 'email_address', label: 'personal_data', total: 2 }]);
        expect(overview.applications).toMatchObject([{ name: 'billing', exchanges: 3, refused: 1 }]);
        // One exchange was dispatched: 2,000 µs in all, 400 µs of them ours; the histogram is a fifth off at most.
        expect(overview.latency.p99Micros).toBeGreaterThan(1_600);
        expect(overview.latency.p99Micros).toBeLessThan(2_400);
        expect(overview.latency.addedP50Micros).toBeGreaterThan(320);
        expect(overview.latency.addedP50Micros).toBeLessThan(480);
      }
    });
  });

  it('learns how values are distributed, whether or not there was traffic', async () => {
    await evidence.refreshStatistics();
    await store(numbered(...Array.from({ length: 50 }, () => closed(idAt(NOW)))));
    await evidence.refreshStatistics();
    if (database.engine === 'postgres') return;
    const { rows } = await sql<{ rows: number }>`select reltuples::int as rows from pg_class where relname = 'exchange_d20261123'`.execute(database.kysely);
    expect(rows).toEqual([{ rows: 50 }]);
  });

  it('keeps administrative events in the transaction of the act', async () => {
    const event = { actor: { type: 'local', id: 'local', name: 'local' }, action: 'key.created', subject: { type: 'key', id: newId() } } as const;
    const act = database.transaction(async (tx) => {
      await evidence.recordEvent(tx, event);
      throw new Error('the act fails');
    });
    await expect(act).rejects.toThrow('the act fails');
    await database.transaction((tx) => evidence.recordEvent(tx, { ...event, action: 'key.revoked' }));
    expect((await sql<{ action: string }>`select action from evidence.event where subject_id = ${event.subject.id}`.execute(database.kysely)).rows).toEqual([{ action: 'key.revoked' }]);
  });
});

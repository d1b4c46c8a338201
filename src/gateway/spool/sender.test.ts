import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSigningKey } from '#platform/crypto/signing.ts';
import { createLog } from '#platform/log.ts';
import { closedRecord, openedRecord } from '../../../test/harness/records.ts';
import { ControlError } from '../control-client.ts';
import { readBatch } from '../control/read-batch.ts';
import { startSender, type Sender } from './sender.ts';
import { openSpool, type Spool } from './spool.ts';

const GATEWAY = '01936f00-0000-7000-8000-00000000000b';
const signingKey = createSigningKey();
const log = createLog('test', 'silent');
let folder: string;
let spool: Spool;
let sender: Sender;

/** Takes batches as control does, after failing as often as it was told. */
function createIntake(failures: ControlError[] = []) {
  const marks = new Map<string, number>();
  const stored: string[] = [];
  const finals: string[] = [];
  return {
    stored,
    finals,
    sendRecords: async (body: Buffer): Promise<number> => {
      const failure = failures.shift();
      if (failure && failure.code !== 'answer_lost') throw failure;
      const { batch, records } = readBatch(body, { id: GATEWAY, signingKey: signingKey.publicKey });
      const mark = marks.get(batch.epoch) ?? 0;
      for (const { sequence, record } of records) if (sequence > mark) stored.push(`${record.phase} ${record.exchange}`);
      marks.set(batch.epoch, Math.max(mark, batch.first + batch.count - 1));
      if (batch.final) finals.push(batch.epoch);
      if (failure) throw failure;
      return marks.get(batch.epoch) ?? 0;
    },
  };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sender-'));
  spool = await openSpool({ folder, durability: 'batch', software: '0.1.0', log, onFailure: (error) => { throw error; } });
});
afterEach(async () => {
  await sender.stop();
  await spool.release();
  rmSync(folder, { recursive: true, force: true });
});

const startWith = (control: { sendRecords(body: Buffer): Promise<number> }) => {
  sender = startSender({ spool, control, gateway: GATEWAY, signingKey, log });
};

function write(exchanges: number): void {
  for (let n = 0; n < exchanges; n += 1) {
    const opened = openedRecord();
    void spool.open(opened);
    void spool.close(closedRecord(opened));
  }
}

describe('the sender', () => {
  it('brings everything to control in signed batches, what is written later too', async () => {
    const intake = createIntake();
    startWith(intake);
    write(700);
    await vi.waitFor(() => expect(intake.stored).toHaveLength(1_400), { timeout: 5_000 });
    write(1);
    await vi.waitFor(() => expect(intake.stored).toHaveLength(1_402), { timeout: 5_000 });
    expect(new Set(intake.stored).size).toBe(1_402);
    await vi.waitFor(() => expect(spool.state().unsent).toBe(0));
  });

  it('tries again while control is away or its answer is lost, and stores nothing twice', async () => {
    const intake = createIntake([new ControlError(0, 'control_unreachable', ''), new ControlError(0, 'answer_lost', ''), new ControlError(503, 'database_unavailable', '')]);
    startWith(intake);
    write(5);
    await vi.waitFor(() => expect(spool.state().unsent).toBe(0), { timeout: 10_000 });
    expect(intake.stored).toHaveLength(10);
    expect(sender.state()).toEqual({ stopped: false, failures: 0 });
  }, 15_000);

  it('stops when control calls a batch malformed, and keeps it', async () => {
    startWith(createIntake([new ControlError(400, 'record_malformed', '')]));
    write(2);
    await vi.waitFor(() => expect(sender.state().stopped).toBe(true), { timeout: 5_000 });
    expect(spool.state().unsent).toBe(4);
  });

  it('flushes to the end of the epoch', async () => {
    const intake = createIntake();
    startWith(intake);
    write(3);
    spool.end();
    expect(await sender.flush(5_000)).toBe(true);
    expect(intake.finals).toEqual([spool.epoch]);
    expect(intake.stored).toHaveLength(6);
  });

  it('gives up flushing at the limit', async () => {
    startWith({ sendRecords: async () => { throw new ControlError(0, 'control_unreachable', ''); } });
    write(1);
    spool.end();
    expect(await sender.flush(50)).toBe(false);
  });
});

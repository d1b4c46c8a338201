import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '#platform/log.ts';
import { closedRecord, openedRecord } from '../../../test/harness/records.ts';
import type { ExchangeRecord } from '../../shapes.ts';
import { openSpool, type Spool, type SpoolNeeds } from './spool.ts';

const log = createLog('test', 'silent');
let folder: string;
const spools: Spool[] = [];

beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'spool-')); });
afterEach(async () => {
  await Promise.all(spools.splice(0).map((spool) => spool.release()));
  rmSync(folder, { recursive: true, force: true });
});

async function open(settings: Partial<SpoolNeeds> = {}): Promise<Spool> {
  const spool = await openSpool({ folder, durability: 'batch', software: '0.1.0', log, onFailure: (error) => { throw error; }, ...settings });
  spools.push(spool);
  return spool;
}

async function reopen(spool: Spool, settings: Partial<SpoolNeeds> = {}): Promise<Spool> {
  await spool.release();
  spools.splice(spools.indexOf(spool), 1);
  return open(settings);
}

interface Sent {
  readonly epoch: string;
  readonly sequence: number;
  readonly record: ExchangeRecord;
}

/** Takes everything off a spool as control would, and checks what each batch says of itself. */
async function drain(spool: Spool): Promise<{ sent: Sent[]; finals: string[] }> {
  const sent: Sent[] = [];
  const finals: string[] = [];
  for (let batch = await spool.nextBatch(); batch; batch = await spool.nextBatch()) {
    const lines = batch.lines.toString().split('\n').slice(0, -1);
    expect(lines.length).toBe(batch.count);
    for (const [index, line] of lines.entries()) {
      const space = line.indexOf(' ');
      expect(Number(line.slice(0, space))).toBe(batch.first + index);
      sent.push({ epoch: batch.epoch, sequence: batch.first + index, record: JSON.parse(line.slice(space + 1)) as ExchangeRecord });
    }
    if (batch.final) finals.push(batch.epoch);
    spool.acknowledge(batch);
  }
  return { sent, finals };
}

function write(spool: Spool, exchanges: number): void {
  for (let n = 0; n < exchanges; n += 1) {
    const opened = openedRecord();
    void spool.open(opened);
    void spool.close(closedRecord(opened));
  }
}

describe('what is written is sent', () => {
  it('in order, numbered from 1, over many segments, and leaves no segment behind that control has', async () => {
    const spool = await open({ segmentBytes: 20_000 });
    write(spool, 600);
    expect(spool.state().unsent).toBe(1_200);
    const { sent, finals } = await drain(spool);
    expect(sent.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1_200 }, (_, n) => n + 1));
    expect(finals).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.log'))).toHaveLength(1);
    expect(spool.state().unsent).toBe(0);
    expect(spool.state().bytes).toBeLessThan(25_000);
  });

  it('says that the epoch is final once it ended, and only then', async () => {
    const spool = await open();
    write(spool, 3);
    spool.end();
    expect((await drain(spool)).finals).toEqual([spool.epoch]);
    expect(() => spool.open(openedRecord())).toThrow(expect.objectContaining({ code: 'spool_unavailable' }));
  });

  it('again by the next process when it was not acknowledged, and marks the dead epoch final', async () => {
    const first = await open({ segmentBytes: 4_000 });
    write(first, 20);
    const second = await reopen(first);
    write(second, 1);
    const { sent, finals } = await drain(second);
    expect(sent.filter(({ epoch }) => epoch === first.epoch)).toHaveLength(40);
    expect(sent.filter(({ epoch }) => epoch === second.epoch)).toHaveLength(2);
    expect(finals).toEqual([first.epoch]);
  });

  it('does not tell of an epoch in which nothing was written', async () => {
    const third = await reopen(await reopen(await open()));
    expect(await third.nextBatch()).toBeUndefined();
    expect(readdirSync(folder).filter((name) => name.endsWith('.log'))).toHaveLength(1);
  });

  it('waits for the disk when durability is sync', async () => {
    const spool = await open({ durability: 'sync' });
    const opened = openedRecord();
    await Promise.all([spool.open(opened), spool.open(openedRecord())]);
    expect(spool.close(closedRecord(opened))).toBeInstanceOf(Promise);
  });
});

describe('exchanges that a process left open', () => {
  it('are closed as interrupted by the next one, once', async () => {
    const first = await open();
    const opened = openedRecord();
    void first.open(opened);
    write(first, 1);
    const second = await reopen(first);
    const third = await reopen(second);
    const { sent } = await drain(third);
    const ends = sent.filter(({ record }) => record.exchange === opened.exchange && record.phase === 'closed');
    expect(ends).toHaveLength(1);
    expect(ends[0]?.record).toMatchObject({ outcome: 'interrupted', receivedAt: opened.at, applicationName: 'first-steps', status: 0 });
    expect(ends[0]?.epoch).toBe(second.epoch);
  });

  it('are not forgotten when the segment that opened them is gone', async () => {
    const first = await open({ segmentBytes: 4_000 });
    const long = openedRecord();
    void first.open(long);
    write(first, 50);
    const before = (await drain(first)).sent.filter(({ record }) => record.exchange === long.exchange);
    expect(before.map(({ record }) => record.phase)).toEqual(['opened']);
    const second = await reopen(first, { segmentBytes: 4_000 });
    const after = (await drain(second)).sent.filter(({ record }) => record.exchange === long.exchange);
    expect(after.map(({ record }) => (record.phase === 'closed' ? record.outcome : record.phase))).toEqual(['interrupted']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.open'))).toEqual([]);
  });

  it('count as closed when they closed after their segment was gone', async () => {
    const first = await open({ segmentBytes: 4_000 });
    const long = openedRecord();
    void first.open(long);
    write(first, 50);
    await drain(first);
    void first.close(closedRecord(long));
    const { sent } = await drain(await reopen(first));
    expect(sent.filter(({ record }) => record.phase === 'closed' && record.outcome === 'interrupted')).toEqual([]);
  });
});

describe('a file that a crash left torn', () => {
  it('loses no whole line, wherever it was cut', async () => {
    const spool = await open();
    write(spool, 3);
    await spool.release();
    spools.pop();
    const name = readdirSync(folder).find((entry) => entry.endsWith('.log')) ?? '';
    const whole = readFileSync(join(folder, name));
    const lineEnds = [...whole].flatMap((byte, index) => (byte === 0x0a ? [index + 1] : []));
    const cuts = Array.from({ length: 60 }, (_, n) => Math.floor((whole.length * n) / 60)).concat(lineEnds, lineEnds.map((end) => end - 1));
    for (const cut of cuts) {
      const copy = mkdtempSync(join(folder, 'cut-'));
      copyFileSync(join(folder, name), join(copy, name));
      truncateSync(join(copy, name), cut);
      const torn = await open({ folder: copy });
      const { sent } = await drain(torn);
      const old = sent.filter(({ epoch }) => epoch === spool.epoch);
      expect(old).toHaveLength(lineEnds.filter((end) => end <= cut).length);
      const interrupted = sent.filter(({ record }) => record.phase === 'closed' && record.outcome === 'interrupted');
      expect(interrupted).toHaveLength(old.length % 2);
    }
  });

  it('shows damage in its middle as a gap, and keeps what stands behind it', async () => {
    const spool = await open();
    write(spool, 4);
    await spool.release();
    spools.pop();
    const file = join(folder, readdirSync(folder).find((entry) => entry.endsWith('.log')) ?? '');
    const lines = readFileSync(file, 'utf8').split('\n');
    lines[2] = lines[2]!.replaceAll('e', '\0');
    writeFileSync(file, lines.join('\n'));
    const { sent, finals } = await drain(await open());
    expect(sent.filter(({ epoch }) => epoch === spool.epoch).map(({ sequence }) => sequence)).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect(finals).toEqual([spool.epoch]);
  });

  it('ignores what is no segment', async () => {
    mkdirSync(join(folder, 'other'));
    appendFileSync(join(folder, 'note.txt'), 'x');
    const spool = await open();
    expect(await spool.nextBatch()).toBeUndefined();
  });
});

describe('the bound', () => {
  it('refuses new exchanges and refusals, keeps room for the ends of open ones, and opens again when control took records', async () => {
    const spool = await open({ limitBytes: 200_000 });
    const inFlight = Array.from({ length: 10 }, () => openedRecord());
    for (const record of inFlight) void spool.open(record);
    expect(() => { for (;;) write(spool, 1); }).toThrow(expect.objectContaining({ code: 'spool_full', status: 503 }));
    expect(() => spool.close(closedRecord(openedRecord(), { outcome: 'refused' }))).toThrow(expect.objectContaining({ code: 'spool_full' }));
    for (const record of inFlight) void spool.close(closedRecord(record));
    expect(spool.state().bytes).toBeLessThanOrEqual(200_000);
    await drain(spool);
    expect(() => write(spool, 1)).not.toThrow();
  });

  it('holds over restarts', async () => {
    const spool = await open({ limitBytes: 200_000 });
    expect(() => { for (;;) write(spool, 1); }).toThrow(expect.objectContaining({ code: 'spool_full' }));
    const next = await reopen(spool, { limitBytes: 200_000 });
    expect(() => next.open(openedRecord())).toThrow(expect.objectContaining({ code: 'spool_full' }));
  });
});

it('belongs to one process at a time', async () => {
  await open();
  await expect(open()).rejects.toMatchObject({ code: 'folder_in_use' });
});

describe('a process that is killed at any moment', () => {
  it('loses no record that it told of, repeats none, and its open exchanges appear as interrupted', async () => {
    const opened = new Set<string>();
    const closed = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const child = spawn(process.execPath, [join(import.meta.dirname, '../../../test/harness/write-until-killed.ts'), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines = createInterface({ input: child.stdout });
      const killAt = 20 + Math.floor(Math.random() * 400);
      let count = 0;
      lines.on('line', (line) => {
        const [phase, id] = line.split(' ') as [string, string];
        (phase === 'opened' ? opened : closed).add(id);
        count += 1;
        if (count === killAt) child.kill('SIGKILL');
      });
      await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    }
    const { sent } = await drain(await open());
    const ends = sent.filter(({ record }) => record.phase === 'closed');
    const endIds = ends.map(({ record }) => record.exchange);
    expect(new Set(endIds).size).toBe(endIds.length);
    expect(new Set(sent.map(({ epoch, sequence }) => `${epoch} ${sequence}`)).size).toBe(sent.length);
    const answered = new Set(ends.filter(({ record }) => record.phase === 'closed' && record.outcome === 'answered').map(({ record }) => record.exchange));
    expect([...closed].filter((id) => !answered.has(id))).toEqual([]);
    expect([...opened].filter((id) => !endIds.includes(id))).toEqual([]);
  }, 60_000);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Counters } from './counters.ts';
import { createFallbackCounters } from './fallback-counters.ts';
import { createLocalCounters } from './counters.ts';
import { createMachineCounters } from './machine-counters.ts';

const log = pino({ level: 'silent' });

describe('counters of a machine', () => {
  let folder: string;
  let opened: Counters[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spc-'));
    opened = [];
  });
  afterEach(async () => {
    for (const counters of opened) await counters.close();
    rmSync(folder, { recursive: true, force: true });
  });
  // Locks are by process: two in one process stand for two processes, because each opening has a lock of its own.
  const open = (): Counters => {
    const counters = createMachineCounters({ folder, log });
    opened.push(counters);
    return counters;
  };

  it('counts for all together', async () => {
    const [one, two, three] = [open(), open(), open()];
    expect((await one.add('n', 5, 60)).total).toBe(5);
    expect((await two.add('n', 2, 60)).total).toBe(7);
    const answers = await Promise.all([three.add('n', 1, 60), one.add('n', 1, 60), two.add('n', -4, 60)]);
    expect(Math.max(...answers.map(({ total }) => total))).toBeGreaterThanOrEqual(7);
    expect(await three.add('n', 1, 60)).toMatchObject({ total: 6, share: 1 });
  });

  it('shares places, and frees those of a process that is gone', async () => {
    const [one, two] = [open(), open()];
    await one.add('n', 1, 60);
    expect(await two.enter({ name: 'p', member: 'x' }, 2)).toBe(true);
    expect(await one.enter({ name: 'p', member: 'y' }, 2)).toBe(true);
    expect(await one.enter({ name: 'p', member: 'z' }, 2)).toBe(false);
    one.leave({ name: 'p', member: 'y' });
    expect(await one.enter({ name: 'p', member: 'z' }, 2)).toBe(true);
    await two.close();
    await expect.poll(() => one.enter({ name: 'p', member: 'v' }, 2)).toBe(true);
  });

  it('goes on with another holder when the holder ends', async () => {
    const [one, two] = [open(), open()];
    await one.add('n', 5, 60);
    await two.add('n', 1, 60);
    await one.close();
    await expect.poll(async () => (await two.add('n', 1, 60).catch(() => undefined))?.total).toBeGreaterThan(0);
    const three = open();
    const before = (await two.add('n', 1, 60)).total;
    expect((await three.add('n', 1, 60)).total).toBe(before + 1);
  });

  it('falls back to a fair share while there is no meeting place', async () => {
    const counters = createFallbackCounters({ shared: createMachineCounters({ folder: join(folder, 'x'.repeat(120)), log }), otherwise: createLocalCounters(() => 2), name: 'machine', log });
    expect(await counters.add('n', 1, 60)).toMatchObject({ total: 1, share: 2 });
    expect(await counters.enter({ name: 'p', member: 'x' }, 2)).toBe(true);
    expect(await counters.enter({ name: 'p', member: 'y' }, 2)).toBe(false);
    counters.leave({ name: 'p', member: 'x' });
    expect(await counters.enter({ name: 'p', member: 'y' }, 2)).toBe(true);
    await counters.close();
  });
});

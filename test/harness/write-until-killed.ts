/** Writes exchanges to a spool, several open at a time, and tells of each record after it was written, until it is killed. */
import { createLog } from '../../src/platform/log.ts';
import { closedRecord, openedRecord } from './records.ts';
import type { OpenedRecord } from '../../src/shapes.ts';
import { openSpool } from '../../src/gateway/spool/spool.ts';

const spool = await openSpool({ folder: process.argv[2] ?? '', durability: 'batch', software: '0.1.0', log: createLog('fixture', 'silent'), onFailure: (error) => { throw error; }, segmentBytes: 30_000 });
const open: OpenedRecord[] = [];

function step(): void {
  const opened = openedRecord();
  void spool.open(opened);
  open.push(opened);
  process.stdout.write(`opened ${opened.exchange}\n`);
  if (open.length > 5) {
    const ending = open.splice(Math.floor(Math.random() * open.length), 1)[0]!;
    void spool.close(closedRecord(ending));
    process.stdout.write(`closed ${ending.exchange}\n`);
  }
  setImmediate(step);
}
step();

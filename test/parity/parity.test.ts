/** Every wire × place × direction × streamed or not: one canary a cell, and docs/parity-matrix.md says what became of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRig, type Rig } from '../../src/gateway/testing/rig.ts';
import { renderMatrix, type Cell, type Row } from './matrix.ts';
import { POSITIONS, type Position, type Wire } from './positions.ts';
import { runAnswer, runRequest } from './run-cells.ts';
import { WIRES } from './wires.ts';

const PAGE = new URL('../../docs/parity-matrix.md', import.meta.url);

let rig: Rig;
const unguarded: string[] = [];

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

type Build<Made> = ((text: string) => Made) | string;

/** What becomes of a cell; the place is named when it is not guarded. */
async function fill<Made>(name: string, cell: Build<Made>, run: (build: (text: string) => Made) => Promise<string>): Promise<Cell> {
  if (typeof cell === 'string') return { absent: cell };
  try {
    return { outcome: await run(cell) };
  } catch (error) {
    unguarded.push(`${name}: ${(error as Error).message}`);
    return { outcome: 'not guarded' };
  }
}

async function rowOf(wire: Wire, position: Position): Promise<Row> {
  const { requests, answers, streams } = wire;
  const name = (kind: string) => `${wire.title}, ${POSITIONS[position]}, ${kind}`;
  const noStream = typeof streams === 'string' ? streams : undefined;
  return {
    position,
    request: await fill(name('request'), requests[position], (build) => runRequest(rig, wire, build, false)),
    requestStream: await fill(name('streamed request'), noStream ?? requests[position], (build) => runRequest(rig, wire, build, true)),
    answer: await fill(name('answer'), answers[position], (build) => runAnswer(rig, wire, build, false)),
    answerStream: await fill(name('streamed answer'), typeof streams === 'string' ? streams : streams[position], (build) => runAnswer(rig, wire, build, true)),
  };
}

it('guards every place of every wire as the published matrix says', async () => {
  const sections = [];
  for (const wire of WIRES) {
    const rows: Row[] = [];
    for (const position of Object.keys(POSITIONS) as Position[]) rows.push(await rowOf(wire, position));
    sections.push({ wire, rows });
  }
  expect(unguarded).toEqual([]);
  const page = renderMatrix(sections);
  if (process.env['UPDATE'] === '1') writeFileSync(PAGE, page);
  expect(page).toBe(readFileSync(PAGE, 'utf8'));
}, 120_000);

/**
 * Upstreams that die, hang, drip and flap, under many calls at once. Whatever they do: every call ends, as a whole answer or as an error
 * that says so; every exchange has its one end in the records; and nothing is left behind.
 */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchangeRecord } from '../../src/gateway/control/record-schema.ts';
import { DEFAULT_LIMITS } from '../../src/gateway/data-plane.ts';
import { post, prompt } from '../../src/gateway/testing/client.ts';
import { sendJson, sendStream, snapshotOf, startRig, startTestUpstream, streamedAnswer, upstreamEntry, wholeAnswer, type Behaviour, type Rig, type TestUpstream } from '../../src/gateway/testing/rig.ts';
import type { UpstreamEntry } from '../../src/shapes.ts';

const TIMEOUTS: UpstreamEntry['timeouts'] = { connectMs: 500, firstByteMs: 250, idleMs: 250, totalMs: 2_000 };
const TEXT = 'all of the answer';

let rig: Rig;
let second: TestUpstream;

beforeEach(async () => {
  [rig, second] = [await startRig({ limits: { circuit: DEFAULT_LIMITS.circuit } }), await startTestUpstream()];
  use();
});

afterEach(async () => {
  await rig.close();
  await second.close();
});

function use(changes: Partial<UpstreamEntry> = {}): void {
  rig.snapshots.set(snapshotOf({
    upstreams: [
      upstreamEntry(rig.upstream.baseUrl, { id: 'u1', name: 'first', timeouts: TIMEOUTS, attempts: 2, ...changes }),
      upstreamEntry(second.baseUrl, { id: 'u2', name: 'second', timeouts: TIMEOUTS, ...changes }),
    ],
    credentials: { upstreams: {}, maskingKey: 'sealed' },
  }));
}

const isStream = (body: string): boolean => (JSON.parse(body) as { stream?: boolean }).stream === true;
const answer: Behaviour = (body, response) => (isStream(body) ? sendStream(response, streamedAnswer(TEXT.split(/(?= )/))) : sendJson(response, wholeAnswer(TEXT)));

/** What goes wrong in the world. */
const MISHAPS: readonly Behaviour[] = [
  (_body, response) => sendJson(response, '{"error":{"message":"overloaded"}}', 503),
  (_body, response) => sendJson(response, '{"error":{"message":"slow down"}}', 429, { 'retry-after-ms': '5' }),
  (_body, response) => sendJson(response, 'Bad Gateway', 502),
  (_body, response) => { response.destroy(); },
  () => {},
  // A reset amid a whole answer.
  (_body, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
    response.write('{"id":');
    setImmediate(() => response.socket?.resetAndDestroy());
  },
  (_body, response) => sendJson(response, '<html>captive portal</html>'),
  // A stream that dies, and one that stops.
  (_body, response) => {
    sendStream(response, streamedAnswer([TEXT]).slice(0, 2), false);
    setImmediate(() => response.destroy());
  },
  (_body, response) => sendStream(response, streamedAnswer([TEXT]).slice(0, 2), false),
  // Drips so slowly that only the total time limit ends it.
  (_body, response) => drip(response),
];

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => response.write(': \n\n'), 100);
  response.once('close', () => clearInterval(timer));
}

/** A linear congruential generator (Numerical Recipes): chaos that can be repeated. */
function createDice(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** The record comes before the last byte, and that before the end of the call. */
const expectNothingUnderWay = () => expect.poll(() => [rig.gateway.state().inFlight, ...rig.gateway.state().upstreams.map(({ inFlight }) => inFlight)], { interval: 5 }).toEqual([0, 0, 0]);

/** @returns how many calls got the whole answer */
async function call(count: number): Promise<number> {
  const already = rig.records.all.filter(({ phase }) => phase === 'closed').length;
  const ended = await Promise.all(Array.from({ length: count }, (_call, n) => post(rig, prompt(`call ${n}`, n % 2 === 0 ? {} : { stream: true }))));
  const isWhole = ended.map(({ status, body }) => status === 200 && (body === wholeAnswer(TEXT) || body.endsWith('data: [DONE]\n\n')));
  for (const [n, { status, body }] of ended.entries()) {
    if (isWhole[n]) continue;
    expect([200, 429, 502, 503, 504]).toContain(status);
    // Also a stream that had begun says that it did not end well.
    expect(body).toContain('"error"');
    expect(body).not.toContain('[DONE]');
  }
  await rig.records.lastClosed(already + count);
  const closed = rig.records.all.filter((record) => record.phase === 'closed').slice(already);
  expect(new Set(closed.map(({ exchange }) => exchange)).size).toBe(count);
  expect(closed.filter(({ outcome }) => outcome === 'answered')).toHaveLength(isWhole.filter(Boolean).length);
  const opened = rig.records.all.filter(({ phase }) => phase === 'opened').map(({ exchange }) => exchange);
  expect(new Set(opened).size).toBe(opened.length);
  // Control must take every one of them: a record that it refuses stops all that follow. The rig's key has a short id.
  for (const record of rig.records.all) exchangeRecord.parse({ ...record, keyId: record.applicationId });
  await expectNothingUnderWay();
  return isWhole.filter(Boolean).length;
}

describe('chaos', { timeout: 60_000 }, () => {
  it.each(MISHAPS.map((mishap, n) => [n, mishap] as const))('mishap %i of one upstream is hidden by the other until an answer has begun', async (n, mishap) => {
    rig.upstream.behave(mishap);
    second.behave(answer);
    use();
    const whole = await call(24);
    // What had begun to stream, or was taken for an answer, cannot be taken back; all else is.
    if (n < 5) expect(whole).toBe(24);
    else expect(whole).toBeGreaterThan(0);
  });

  it.each([1, 2, 3])('both flap at random (seed %i): each call ends, and nothing is left', async (seed) => {
    const random = createDice(seed);
    const flap: Behaviour = (...call) => (random() < 0.5 ? answer : (MISHAPS[Math.floor(random() * MISHAPS.length)] ?? answer))(...call);
    rig.upstream.behave(flap);
    second.behave(flap);
    for (let round = 0; round < 3; round++) await call(16);
    // Calm again: what was left alone is used again, without anybody's doing.
    rig.upstream.behave(answer);
    second.behave(answer);
    await expect.poll(() => call(4), { timeout: 20_000, interval: 500 }).toBe(4);
  });

  it('a bulkhead that is full of calls that hang lets the others live', async () => {
    rig.upstream.behave(() => {});
    second.behave(answer);
    use({ maxInFlight: 4 });
    expect(await call(8)).toBe(8);
  });

  it('callers who go away leave nothing under way', async () => {
    rig.upstream.behave((_body, response) => drip(response));
    second.behave((_body, response) => drip(response));
    const gone = Array.from({ length: 12 }, () => {
      const patience = AbortSignal.timeout(150);
      return fetch(`${rig.url}/v1/chat/completions`, { method: 'POST', signal: patience, headers: { authorization: `Bearer ${`sp_${'k'.repeat(43)}`}`, 'content-type': 'application/json' }, body: prompt('hi', { stream: true }) })
        .then((response) => response.text()).catch(() => 'gone');
    });
    expect(await Promise.all(gone)).toEqual(Array.from({ length: 12 }, () => 'gone'));
    await rig.records.lastClosed(12);
    expect(rig.records.all.filter((record) => record.phase === 'closed').map(({ outcome }) => outcome)).toEqual(Array.from({ length: 12 }, () => 'aborted'));
    await expectNothingUnderWay();
  });
});

/** Sends a canary through each place of each wire, and says what became of it. */
import { post } from '../../src/gateway/testing/client.ts';
import { sendJson, sendStream, type Rig } from '../../src/gateway/testing/rig.ts';
import type { ClosedRecord } from '../../src/shapes.ts';
import type { RequestCell, StreamCell, StreamEvent, WholeCell, Wire } from './positions.ts';
import { asStream, writeEvents } from './wires.ts';

export const SECRET = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
export const EMAIL = 'ada.lovelace@analytical-engines.co.uk';
const PLACEHOLDER = /\[EMAIL_\w+\]/;

/** What becomes of a secret, then of an e-mail address. Throws where it is none of what a guarded cell may show. */
export type Outcome = string;

/** The upstream answers as this wire answers, whether it is asked for a stream or not. */
function behavePlainly(rig: Rig, { plain }: Wire): void {
  rig.upstream.behave((body, response) => {
    if ((JSON.parse(body) as { stream?: boolean }).stream === true) sendStream(response, writeEvents(plain.stream));
    else sendJson(response, JSON.stringify(plain.answer));
  });
}

const closedRecords = (rig: Rig): ClosedRecord[] => rig.records.all.filter((record): record is ClosedRecord => record.phase === 'closed');

interface Call {
  readonly status: number;
  readonly body: string;
  /** Why it was refused; empty when it was not. */
  readonly reason: string;
  readonly record: ClosedRecord;
  /** What reached the upstream; undefined when nothing did. */
  readonly forwarded: string | undefined;
}

async function call(rig: Rig, wire: Wire, body: object): Promise<Call> {
  const before = { seen: rig.upstream.seen.length, closed: closedRecords(rig).length };
  const headers = wire.upstream === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
  const answer = await post(rig, JSON.stringify(body), { path: wire.path, headers });
  const record = await rig.records.lastClosed(before.closed + 1);
  return { status: answer.status, body: answer.body, reason: record.outcome === 'answered' ? '' : (record.reasons.at(-1)?.code ?? record.error ?? ''), record, forwarded: rig.upstream.seen.at(before.seen)?.body };
}

/** A cell of the requests: the words must not reach the upstream. */
export async function runRequest(rig: Rig, wire: Wire, cell: Exclude<RequestCell, string>, stream: boolean): Promise<Outcome> {
  behavePlainly(rig, wire);
  const secret = await call(rig, wire, asStream(cell(SECRET), stream));
  const unread = passedUnread(secret);
  if (unread !== undefined) return unread;
  if (secret.forwarded !== undefined || ![400, 404].includes(secret.status)) throw new Error(`A secret was not refused: ${secret.status} ${secret.body}`);
  const email = await call(rig, wire, asStream(cell(EMAIL), stream));
  if (email.forwarded?.includes(EMAIL)) throw new Error('An e-mail address reached the upstream.');
  if (email.forwarded !== undefined && (email.status !== 200 || !PLACEHOLDER.test(email.forwarded))) throw new Error(`An e-mail address was not masked: ${email.status} ${email.body}`);
  return both(refused(secret), email.forwarded === undefined ? refused(email) : 'masked');
}

/** A refusal for another reason than a secret names it. */
const refused = ({ reason }: Call): string => (reason === 'secret_detected' ? 'refused' : `refused (${reason})`);

const both = (first: string, second: string): string => (first === second ? first : `${first} · ${second}`);

/** What no detector reads and policy lets pass is in the record. */
const passedUnread = ({ record }: Call): string | undefined =>
  record.outcome === 'answered' && record.uninspected !== undefined ? `passed unread, recorded (${record.uninspected.join(', ')})` : undefined;

/** A cell of the answers: a secret must not reach the caller, an e-mail address must be found, a placeholder be restored. */
export async function runAnswer(rig: Rig, wire: Wire, cell: Exclude<WholeCell | StreamCell, string>, stream: boolean): Promise<Outcome> {
  const behave = (text: string) => {
    const made = cell(text);
    rig.upstream.behave((_body, response) => {
      if (Array.isArray(made)) sendStream(response, writeEvents(made as StreamEvent[]));
      else sendJson(response, JSON.stringify(made));
    });
  };
  const ask = (text = 'Hello') => call(rig, wire, asStream(wire.plain.request(text), stream));

  behave(SECRET);
  const secret = await ask();
  const unread = passedUnread(secret);
  if (unread !== undefined) return unread;
  if (secret.body.includes(SECRET) || secret.record.outcome === 'answered') throw new Error(`A secret came back: ${secret.status} ${secret.body}`);
  behave(EMAIL);
  const email = await ask();
  const found = email.record.findings.some(({ direction, kind }) => direction === 'answer' && kind === 'email_address');
  if (!found && email.record.outcome === 'answered') throw new Error(`An e-mail address in an answer was not found: ${email.body}`);
  const seen = email.record.outcome === 'answered' ? 'found' : refused(email);
  return `${both(refused(secret), seen)}${found ? ` · ${await runRestore(rig, wire, cell, stream)}` : ''}`;
}

async function runRestore(rig: Rig, wire: Wire, cell: Exclude<WholeCell | StreamCell, string>, stream: boolean): Promise<string> {
  rig.upstream.behave((body, response) => {
    const made = cell(PLACEHOLDER.exec(body)?.[0] ?? 'none');
    if (Array.isArray(made)) sendStream(response, writeEvents(made as StreamEvent[]));
    else sendJson(response, JSON.stringify(made));
  });
  const { body, record } = await call(rig, wire, asStream(wire.plain.request(`Write to ${EMAIL}`), stream));
  if (record.outcome !== 'answered') throw new Error(`An answer with a placeholder was not answered: ${body}`);
  if (record.restored > 0 && PLACEHOLDER.test(body)) throw new Error('A placeholder was restored in part.');
  if (record.restored > 0) return 'restored';
  return body.includes('[EMAIL') ? 'left' : 'sealed';
}

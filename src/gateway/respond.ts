/** How an exchange ends: the record first, then the bytes. */
import { toPublicId } from '#platform/ids.ts';
import type { Effect, Outcome } from '../shapes.ts';
import type { House } from './house.ts';
import type { Passage } from './passage.ts';
import { closedRecord, effectOf, uninspectedOf, type Closing } from './record.ts';
import { discardRest } from './read-body.ts';
import { toRefusal, type Refusal } from './refusals.ts';
import { UpstreamError } from './upstreams/errors.ts';

/** Further headers, name and value in turn. */
export type HeaderList = readonly string[];

/**
 * Our own headers; with those of the upstream that are let through, all that an answer has. Request ids are ours.
 * @param inspection `whole`: the answer was inspected before any of it went out; `window`: as it went out
 */
export function headersOf(passage: Passage, contentType: string, inspection: 'whole' | 'window'): string[] {
  const headers = [
    'content-type', contentType, 'cache-control', 'no-store', passage.route.dialect.requestIdHeader, requestIdOf(passage),
    'x-sallyport-decision', effectSoFar(passage), 'x-sallyport-inspection', inspection,
  ];
  const uninspected = uninspectedOf(passage);
  if (uninspected.length > 0) headers.push('x-sallyport-uninspected', uninspected.join(','));
  return headers;
}

export const requestIdOf = ({ id }: Passage): string => toPublicId('exc', id);

const effectSoFar = ({ isRefused, decisions }: Passage): Effect => effectOf([decisions.request, decisions.answer], isRefused);

/** Sends a whole body. Nothing is sent to a caller that went away. */
export function respond(passage: Passage, status: number, body: string, further: HeaderList = []): void {
  const { response } = passage;
  if (response.destroyed || response.headersSent) return;
  const headers = headersOf(passage, 'application/json', 'whole');
  headers.push('content-length', String(Buffer.byteLength(body)), ...further);
  response.writeHead(status, headers);
  response.end(body);
}

/** What a caller gave up on before the upstream answered may be billed all the same. */
function settle(passage: Passage, outcome: Outcome): void {
  const { meter, usage, isTaken, opened, bytes } = passage;
  passage.cost ??= meter?.settle({ usage, isBilled: isTaken || (opened !== undefined && outcome === 'aborted'), answerBytes: bytes.answer });
}

/** Writes the closed record; a second call for the same exchange does nothing. */
export async function recordEnd(house: House, passage: Passage, closing: Omit<Closing, 'at'>): Promise<void> {
  if (passage.isClosed) return;
  passage.isClosed = true;
  settle(passage, closing.outcome);
  try {
    const written = house.records.close(closedRecord(passage, { ...closing, at: house.clock.now() }));
    if (written !== undefined) await written;
  } catch (error) {
    passage.isClosed = false;
    throw error;
  }
}

/** Ends an exchange that something stopped. Never rejects. */
export async function recordAndRefuse(house: House, passage: Passage, error: unknown, refusal: Refusal = toRefusal(error)): Promise<void> {
  logFailure(house, passage, error, refusal);
  passage.isRefused = refusal.outcome === 'refused' && !passage.isAborted;
  if (error instanceof UpstreamError) passage.destination?.upstream.health.failed(error.code);
  let told: Refusal = refusal;
  try {
    await recordRefusal(house, passage, refusal);
  } catch (unrecorded) {
    house.log.error({ err: unrecorded, exchange: passage.id }, 'The end of an exchange could not be recorded.');
    told = toRefusal(unrecorded);
  }
  tell(passage, told);
}

async function recordRefusal(house: House, passage: Passage, { status, code, outcome }: Refusal): Promise<void> {
  if (passage.isAborted) {
    const seen = passage.response.headersSent ? passage.response.statusCode : 0;
    return recordEnd(house, passage, { outcome: 'aborted', status: seen, error: 'aborted' });
  }
  const suppressed = passage.principal === undefined ? house.unidentified.count() : 0;
  if (suppressed === undefined) return undefined;
  const seen = passage.response.headersSent ? passage.response.statusCode : status;
  return recordEnd(house, passage, { outcome, status: seen, error: code, suppressed });
}

function tell(passage: Passage, refusal: Refusal): void {
  const { request, response, read, route } = passage;
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) {
    response.end(read?.operation.stream?.errorEvent(refusal, requestIdOf(passage)));
    return;
  }
  respond(passage, refusal.status, route.dialect.errorBody(refusal, requestIdOf(passage)), refusal.headers);
  discardRest(request);
}

/** A refusal is in the records; the log is told of what somebody may have to mend. */
function logFailure(house: House, passage: Passage, error: unknown, { code, status }: Refusal): void {
  if (passage.isAborted) return;
  const fields = { exchange: passage.id, code, upstream: passage.destination?.upstream.entry.name };
  if (error instanceof UpstreamError) house.log.warn({ ...fields, cause: causeOf(error) }, 'An upstream failed.');
  else if (status === 500) house.log.error({ ...fields, err: error }, 'An exchange failed.');
}

/** Name and code alone: the message of a foreign error may quote what was sent. */
function causeOf({ cause }: UpstreamError): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.name} ${cause.code}` : cause.name;
}

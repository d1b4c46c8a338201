import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Agent, request, type Dispatcher } from 'undici';
import type { SectionName, SignedManifest } from '../shapes.ts';
import { BATCH_MEDIA_TYPE, PATHS, type BudgetLeaseAnswer, type BudgetLeaseRequest, type EnrolmentAnswer, type EnrolmentRequest, type Heartbeat } from './protocol.ts';

/** Control answered with an error, or did not answer (`status` 0). */
export class ControlError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ControlError';
    this.status = status;
    this.code = code;
  }
}

/** Control as a gateway sees it. Every call rejects with `ControlError`. */
export interface ControlClient {
  enrol(enrolment: EnrolmentRequest): Promise<EnrolmentAnswer>;
  /** Waits for a snapshot whose serial is above `after`; `undefined` when none came within `waitSeconds`. */
  snapshot(after: number, waitSeconds: number, signal: AbortSignal): Promise<SignedManifest | undefined>;
  /** The canonical JSON of a section. The caller checks it against the digest. */
  section(name: SectionName, digest: string): Promise<string>;
  /** @returns the sequence up to which control has the epoch's records */
  sendRecords(body: Buffer, signal: AbortSignal): Promise<number>;
  heartbeat(heartbeat: Heartbeat): Promise<void>;
  /** @returns up to what may be spent in all, in the order of the request */
  leaseBudgets(request: BudgetLeaseRequest): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface ControlClientNeeds {
  /** `http://…` or `https://…`, or `file://…` of a file that holds such a URL and is read anew for each call. */
  readonly control: string;
  /** The secret that enrolment gave; absent before. */
  readonly bearer: () => string | undefined;
}

const CONNECT_MS = 5_000;
const ANSWER_MS = 15_000;
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

interface Call {
  readonly method?: 'POST';
  readonly path: string;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly answerMs?: number;
}

/** Speaks the protocol of docs/decisions/0002-snapshot-and-records.md. Redirects are not followed. */
export function createControlClient({ control, bearer }: ControlClientNeeds): ControlClient {
  const agent = new Agent({ connect: { timeout: CONNECT_MS }, keepAliveTimeout: 30_000, connections: 4 });

  const call = async ({ method, path, body, contentType = 'application/json', signal, answerMs = ANSWER_MS }: Call) => {
    const secret = bearer();
    const headers = { ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }), ...(body === undefined ? {} : { 'content-type': contentType }) };
    const options = { dispatcher: agent, method: method ?? 'GET', headers, body: body ?? null, signal: signal ?? null, headersTimeout: answerMs, bodyTimeout: ANSWER_MS } as const;
    try {
      const answer = await request(`${baseUrl(control)}${path}`, options);
      const text = await readText(answer.body);
      if (answer.statusCode >= 300) throw refusal(answer.statusCode, text);
      return { status: answer.statusCode, text };
    } catch (error) {
      if (error instanceof ControlError) throw error;
      throw new ControlError(0, 'control_unreachable', 'Control cannot be reached.', error);
    }
  };
  const post = (path: string, value: unknown) => call({ method: 'POST', path, body: JSON.stringify(value) });

  return {
    enrol: async (enrolment) => parse<EnrolmentAnswer>((await post(PATHS.enrolment, enrolment)).text),
    async snapshot(after, waitSeconds, signal) {
      const path = `${PATHS.snapshot}?after=${after}&wait=${waitSeconds}`;
      const { status, text } = await call({ path, signal, answerMs: waitSeconds * 1_000 + ANSWER_MS });
      return status === 204 ? undefined : parse<SignedManifest>(text);
    },
    section: async (name, digest) => (await call({ path: `${PATHS.section}/${name}?digest=${encodeURIComponent(digest)}` })).text,
    sendRecords: async (body, signal) => parse<{ acknowledged: number }>((await call({ method: 'POST', path: PATHS.records, body, contentType: BATCH_MEDIA_TYPE, signal })).text).acknowledged,
    heartbeat: async (heartbeat) => void (await post(PATHS.heartbeat, heartbeat)),
    leaseBudgets: async (request) => parse<BudgetLeaseAnswer>((await post(PATHS.budgetLeases, request)).text).granted,
    close: () => agent.destroy(),
  };
}

function baseUrl(control: string): string {
  const text = control.startsWith('file:') ? readFileSync(fileURLToPath(control), 'utf8').trim() : control;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new ControlError(0, 'control_url_invalid', 'The URL of control must begin with http:// or https://.');
  return url.href.replace(/\/$/, '');
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new ControlError(0, 'control_answer_too_large', 'The answer of control is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new ControlError(0, 'control_answer_invalid', 'The answer of control is not JSON.', error);
  }
}

/** @param text problem details (RFC 9457), or anything when something else answered in control's place */
function refusal(status: number, text: string): ControlError {
  try {
    const problem = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof problem.code === 'string') return new ControlError(status, problem.code, typeof problem.detail === 'string' ? problem.detail : 'Control refused.');
  } catch {
    // Not control's own answer: the status alone speaks.
  }
  return new ControlError(status, 'control_refused', `Control answered with status ${status}.`);
}

import createClient from 'openapi-fetch';
import type { paths } from './schema.gen.ts';
import type { Problem } from './types.ts';

const TIMEOUT_MS = 15_000;
const SAFE_METHODS = new Set(['GET', 'HEAD']);

/** A refusal by the API, or a failure to reach it (status 0). */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

// The session's CSRF value lives in memory only; the session itself is a cookie that script cannot read.
let csrf: string | undefined;

export function rememberCsrf(value: string | undefined): void {
  csrf = value;
}

/** The control API on the console's own origin, typed by docs/openapi.json. */
export const api = createClient<paths>({ credentials: 'same-origin', fetch: (request) => send(request) });

/**
 * What an operation answered.
 * @throws ApiError for every answer that is not a success, for a lost connection and after 15 seconds without an answer.
 */
export async function answerOf<Data>(call: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  const { data, response, error } = await call;
  if (!response.ok) throw new ApiError(problemOf(response, error));
  return data as Data;
}

async function send(request: Request): Promise<Response> {
  if (!SAFE_METHODS.has(request.method) && csrf !== undefined) request.headers.set('x-sallyport-csrf', csrf);
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, deadline]) });
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw new ApiError(unreachable(deadline.aborted));
  }
}

function unreachable(timedOut: boolean): Problem {
  return timedOut
    ? { type: 'about:blank', title: 'No answer in time', status: 0, code: 'timeout', detail: `The control plane did not answer within ${TIMEOUT_MS / 1000} seconds.` }
    : { type: 'about:blank', title: 'Not reachable', status: 0, code: 'unreachable', detail: 'The console could not reach the control plane.' };
}

/** A proxy in between may answer something else than a problem document. */
function problemOf(response: Response, body: unknown): Problem {
  const title = response.statusText || 'Request refused';
  const fallback: Problem = { type: 'about:blank', title, status: response.status, code: `http_${response.status}`, detail: title };
  return typeof body === 'object' && body !== null ? { ...fallback, ...body } : fallback;
}

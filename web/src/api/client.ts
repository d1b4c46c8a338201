import type { Problem } from './types.ts';

const TIMEOUT_MS = 15_000;
const SAFE_METHODS = new Set(['GET', 'HEAD']);

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export type QueryValues = Readonly<Record<string, string | number | undefined>>;

/** A refusal by the API, or a failure to reach it (status 0). */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

// The session's CSRF value lives in memory only; the session itself is a cookie that script cannot read.
let csrf: string | undefined;

export function rememberCsrf(value: string | undefined): void {
  csrf = value;
}

/**
 * Calls the control API on the console's own origin.
 * @throws ApiError for every answer that is not a success, for a lost connection and after 15 seconds without an answer.
 */
export async function callApi<Answer>(method: Method, path: string, options: { query?: QueryValues; body?: unknown; signal?: AbortSignal } = {}): Promise<Answer> {
  const headers = new Headers({ accept: 'application/json' });
  if (options.body !== undefined) headers.set('content-type', 'application/json');
  if (!SAFE_METHODS.has(method) && csrf !== undefined) headers.set('x-sallyport-csrf', csrf);
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`/api/v1${path}${queryText(options.query)}`, {
    method,
    headers,
    credentials: 'same-origin',
    signal: options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  }).catch((cause: unknown) => {
    if (options.signal?.aborted === true) throw cause;
    throw new ApiError(unreachable(deadline.aborted));
  });
  if (!response.ok) throw new ApiError(await problemOf(response));
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

/** `?a=1&b=2` of the values that are set, or an empty text. */
export function queryText(values: QueryValues = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function unreachable(timedOut: boolean): Problem {
  return timedOut
    ? { title: 'No answer in time', status: 0, code: 'timeout', detail: `The control plane did not answer within ${TIMEOUT_MS / 1000} seconds.` }
    : { title: 'Control plane not reachable', status: 0, code: 'unreachable', detail: 'The console could not reach the control plane.' };
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = { title: response.statusText || 'Request refused', status: response.status, code: `http_${response.status}` };
  if (!(response.headers.get('content-type') ?? '').includes('json')) return fallback;
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === 'object' && body !== null ? { ...fallback, ...body } : fallback;
}

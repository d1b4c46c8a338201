import { ApiError } from '../api/client.ts';
import type { Problem } from '../api/types.ts';

/** Any failure as a problem; one of our own code is named as such and not shown in its words. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return { type: 'about:blank', title: 'The console failed', status: 0, code: 'console_error', detail: 'Something in the console itself went wrong. Reloading the page may help.' };
}

const BY_CODE: Readonly<Record<string, string>> = {
  unreachable: 'Check that “sallyport up” (or “sallyport control”) is running. Gateways keep enforcing their last configuration meanwhile.',
  timeout: 'The control plane may be under load or its database away. Gateways keep enforcing and recording meanwhile.',
  database_unavailable: 'The database is away. Gateways keep enforcing; their records arrive once it is back.',
  csrf_failed: 'The session has changed in another window. Reload this page.',
};

const BY_STATUS: Readonly<Record<number, string>> = {
  403: 'Your role does not allow this. Ask an administrator.',
  404: 'It may have been removed, or the address is mistyped.',
  429: 'Too many attempts. Wait a moment before the next.',
  503: 'The control plane cannot answer just now. Gateways keep enforcing their last configuration.',
};

/** What to do about a problem, or nothing where its own words suffice. */
export function adviceFor(problem: Problem): string | undefined {
  return BY_CODE[problem.code] ?? BY_STATUS[problem.status];
}

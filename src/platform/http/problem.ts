import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { StatementError } from '../database/errors.ts';
import { AppError, notFound } from '../errors.ts';
import type { HttpServer } from './index.ts';

/** RFC 9457 problem details, with our stable `code`. `instance` names the request, as the log does. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance?: string;
  /** What the request got wrong, member by member. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export const PROBLEM_TYPE = 'application/problem+json';
const ERRORS_MAX = 20;

/** What the framework itself refuses, in our words. */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'request_too_large', 'The request body is larger than this route takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'unsupported_media_type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'invalid_json', 'The request body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'invalid_json', 'The request body is empty.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'invalid_request', 'The request body is not as long as it says.'],
  FST_ERR_BAD_URL: [400, 'invalid_request', 'The address is malformed.'],
};

/** Failures of the connection, before there is a request. */
const CLIENT_PROBLEMS: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'The request headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request took too long to arrive.'],
};

/** Makes every failure of the server a problem document that says what to do and nothing of our insides. */
export function answerProblems(server: HttpServer): void {
  server.setNotFoundHandler((request, reply) => sendProblem(request, reply, toProblem(notFound(`${request.method} ${request.url.split('?', 1)[0]?.slice(0, 200)}`))));
  server.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500) request.log.error({ code: problem.code, ...describe(error) }, 'a request failed');
    return sendProblem(request, reply, problem);
  });
}

/** @param error whatever was thrown */
export function toProblem(error: unknown): Problem {
  if (error instanceof AppError) return problem(error.status, error.code, error.message);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.slice(0, ERRORS_MAX).map(({ instancePath, message }) => ({ path: instancePath, message: message ?? 'is not valid' }));
    return { ...problem(400, 'invalid_request', 'The request is not as this route needs it; see errors.'), errors };
  }
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = FRAMEWORK_PROBLEMS[code ?? ''];
  if (known) return problem(...known);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return problem(statusCode, 'invalid_request', 'The request cannot be understood.');
  return problem(500, 'internal_error', 'Something failed inside Sallyport. The log has more under this instance.');
}

/** Answers on the bare socket what node:http could not parse. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { title, ...rest } = problem(...(CLIENT_PROBLEMS[error.code ?? ''] ?? ([400, 'invalid_request', 'The request is not valid HTTP.'] as const)));
  const body = JSON.stringify({ title, ...rest });
  socket.end(`HTTP/1.1 ${rest.status} ${title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

/** Answers with a problem document that names the request. */
export function sendProblem(request: { readonly id: string }, reply: FastifyReply, problem: Problem): FastifyReply {
  // Serialised here: a route's own response schemas are for its answers, not for problems.
  const body = JSON.stringify({ ...problem, instance: `urn:uuid:${request.id}` });
  return reply.status(problem.status).type(PROBLEM_TYPE).serializer((text: string) => text).send(body);
}

const problem = (status: number, code: string, detail: string): Problem => ({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code });

/** What the log may hold of an error. Messages of foreign errors quote what they stumbled over, so that only the place is kept. */
function describe(error: unknown): { reason?: string; at?: string[] } {
  if (error instanceof AppError) return { reason: error.internal ?? error.message };
  if (!(error instanceof Error)) return {};
  const reason = error instanceof StatementError ? error.message : error.name;
  return { reason, at: (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')).map((line) => line.trim()) };
}

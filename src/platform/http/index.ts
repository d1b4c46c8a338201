import type { IncomingMessage, ServerResponse } from 'node:http';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type RawServerDefault } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import { enforceAccess, type Authenticate } from './access.ts';
import { checkHosts } from './host-check.ts';
import { describeApi, type ApiDescription } from './openapi.ts';
import { answerClientError, answerProblems, sendProblem, toProblem } from './problem.ts';
import { setSecurityHeaders } from './security-headers.ts';

export { type Access, type Authenticate } from './access.ts';
export { createCursor, type Cursor } from './cursor.ts';
export { type ApiDescription } from './openapi.ts';
export { type Problem } from './problem.ts';

/** Modules mount their routes on this; schemas are zod. Each route declares `config: { access }`. */
export type HttpServer = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

export interface HttpServerNeeds {
  readonly log: Log;
  readonly authenticate: Authenticate;
  readonly api: ApiDescription;
  /** Names besides loopback by which this server may be called; literal addresses always may. */
  readonly allowedHosts?: readonly string[];
  /** Whether browsers reach this server by https, here or at a proxy before it. */
  readonly https?: boolean;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
const HEADERS_LIMIT_BYTES = 16 * 1024;
const HEADERS_LIMIT_MS = 10_000;
/** For a request to arrive whole; an answer may take longer. */
const REQUEST_LIMIT_MS = 30_000;
/** Longer than the longest long poll (25 s). */
const SOCKET_IDLE_LIMIT_MS = 60_000;
const CONNECTIONS_MAX = 4_096;
const PARAM_LIMIT_CHARACTERS = 200;

/**
 * The control plane's HTTP server: access, host names, limits, security headers and the form of errors are the same for every
 * route. Close it with `closeHttpServer`.
 */
export async function createHttpServer(needs: HttpServerNeeds): Promise<HttpServer> {
  const server = fastify({
    loggerInstance: needs.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request' }),
    // A request's id is ours: one that a client chose could forge log lines.
    requestIdHeader: false,
    genReqId: newId,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_LIMIT_MS,
    connectionTimeout: SOCKET_IDLE_LIMIT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAM_LIMIT_CHARACTERS },
    http: { maxHeaderSize: HEADERS_LIMIT_BYTES, headersTimeout: HEADERS_LIMIT_MS },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply as FastifyReply, toProblem(error)),
  }).withTypeProvider<ZodTypeProvider>() as HttpServer;
  server.server.maxConnections = CONNECTIONS_MAX;
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  setSecurityHeaders(server, needs.https ?? false);
  answerProblems(server);
  checkHosts(server, needs.allowedHosts ?? []);
  enforceAccess(server, needs.authenticate);
  await describeApi(server, needs.api);
  return server;
}

/**
 * Stops taking connections, lets running requests end, and cuts what is left.
 *
 * @param graceMs how long running requests may take
 */
export async function closeHttpServer(server: HttpServer, graceMs = 10_000): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), graceMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

/** An upstream that speaks OpenAI's API over HTTP: undici's dispatch, and the only code that opens credentials. */
import { Pool, type Dispatcher } from 'undici';
import type { Secret } from '#platform/secret.ts';
import type { UpstreamEntry } from '../../shapes.ts';
import { createDialler, type Resolve } from './dial.ts';
import { toUpstreamError, UpstreamError } from './errors.ts';
import type { AnswerReceiver, Flow, Health, Upstream, UpstreamRequest } from './upstream.ts';

/** A head beyond this is no answer of this API. */
const HEAD_BYTES_MAX = 32 * 1024;
const KEEP_ALIVE_MS = 10_000;

export interface PoolNeeds {
  readonly entry: UpstreamEntry;
  readonly connections: number;
  readonly resolve?: Resolve;
}

/** The connections of an upstream; they outlive a change of its credential. */
export function createPool({ entry, connections, resolve }: PoolNeeds): Pool {
  const { timeouts, allowPrivate } = entry;
  return new Pool(new URL(entry.baseUrl).origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: createDialler({ allowPrivate, connectMs: timeouts.connectMs, ...(resolve ? { resolve } : {}) }),
    connectTimeout: timeouts.connectMs,
    headersTimeout: timeouts.firstByteMs,
    bodyTimeout: timeouts.idleMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEAD_BYTES_MAX,
  });
}

export interface HttpUpstreamNeeds {
  readonly entry: UpstreamEntry;
  readonly pool: Pool;
  readonly health: Health;
  /** Opens the credential; `undefined` where the upstream takes none. */
  readonly openCredential: () => Secret | undefined;
}

export function createHttpUpstream({ entry, pool, health, openCredential }: HttpUpstreamNeeds): Upstream {
  const basePath = new URL(entry.baseUrl).pathname.replace(/\/+$/, '');
  let credential: Secret | undefined;
  let headers: string[] | undefined;

  const headersOnce = (): string[] => {
    if (headers !== undefined) return headers;
    credential = openCredential();
    headers = [
      'content-type', 'application/json', 'accept', 'application/json, text/event-stream', 'accept-encoding', 'identity', 'user-agent', 'sallyport',
      ...(credential === undefined ? [] : ['authorization', `Bearer ${credential.reveal()}`]),
    ];
    return headers;
  };

  return {
    entry,
    health,
    holdsCredential: (text) => credential !== undefined && text.includes(credential.reveal()),
    send: (request, receiver) => {
      try {
        return dispatch({ pool, basePath, headers: headersOnce(), totalMs: entry.timeouts.totalMs }, request, receiver);
      } catch (error) {
        queueMicrotask(() => receiver.failed(new UpstreamError('upstream_credential_unreadable', error)));
        return NO_FLOW;
      }
    },
  };
}

const NO_FLOW: Flow = { pause: () => {}, resume: () => {}, abort: () => {} };

interface Way {
  readonly pool: Pool;
  readonly basePath: string;
  readonly headers: string[];
  readonly totalMs: number;
}

function dispatch(way: Way, request: UpstreamRequest, receiver: AnswerReceiver): Flow {
  let controller: Dispatcher.DispatchController | undefined;
  let started = false;
  let over = false;
  const finish = (): boolean => {
    if (over) return false;
    over = true;
    clearTimeout(deadline);
    return true;
  };
  const abort = (): void => {
    if (finish()) controller?.abort(new Error('The exchange is over.'));
  };
  const fail = (error: unknown): void => {
    if (finish()) receiver.failed(toUpstreamError(error, started));
  };
  const deadline = setTimeout(() => {
    const stop = controller;
    fail(new UpstreamError('upstream_timeout'));
    stop?.abort(new Error('The exchange took too long.'));
  }, way.totalMs);
  const flow: Flow = { pause: () => controller?.pause(), resume: () => controller?.resume(), abort };

  way.pool.dispatch(
    { path: way.basePath + request.path, method: 'POST', headers: way.headers, body: request.body },
    {
      onRequestStart: (own) => {
        controller = own;
        if (over) own.abort(new Error('The exchange is over.'));
      },
      onResponseStart: (_controller, status, headers) => {
        // 1xx are not the answer.
        if (over || status < 200) return;
        started = true;
        receiver.head({ status, headers }, flow);
      },
      onResponseData: (_controller, chunk) => { if (!over) receiver.data(chunk); },
      onResponseEnd: () => { if (finish()) receiver.end(); },
      onResponseError: (_controller, error) => fail(error),
    },
  );
  return flow;
}

/** An upstream that is reached over HTTP: undici's dispatch, and the only code that opens credentials. */
import { Pool, type Dispatcher } from 'undici';
import type { Secret } from '#platform/secret.ts';
import type { UpstreamEntry } from '../../shapes.ts';
import { createDialler, type Resolve } from './dial.ts';
import { toUpstreamError, UpstreamError } from './errors.ts';
import type { Gate } from './gate.ts';
import type { Health } from './health.ts';
import type { Provider } from './providers/provider.ts';
import type { AnswerReceiver, Flow, Upstream, UpstreamRequest } from './upstream.ts';

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
  readonly provider: Provider;
  readonly pool: Pool;
  readonly health: Health;
  readonly gate: Gate;
  /** Opens the credential; `undefined` where the upstream takes none. */
  readonly openCredential: () => Secret | undefined;
}

export function createHttpUpstream({ entry, provider, pool, health, gate, openCredential }: HttpUpstreamNeeds): Upstream {
  const basePath = new URL(entry.baseUrl).pathname.replace(/\/+$/, '');
  const paths = pathsOf(entry, provider);
  let credential: Secret | undefined;
  let headers: string[] | undefined;

  const headersOnce = (): string[] => {
    if (headers !== undefined) return headers;
    credential = openCredential();
    headers = [
      'content-type', 'application/json', 'accept', 'application/json, text/event-stream', 'accept-encoding', 'identity', 'user-agent', 'sallyport',
      ...(credential === undefined ? [] : [provider.credential.header, provider.credential.prefix + credential.reveal()]),
    ];
    return headers;
  };
  /** @throws UpstreamError */
  const wayOf = ({ api, model, headers: further }: UpstreamRequest): Way => {
    const path = paths[api];
    if (path === undefined) throw new UpstreamError('upstream_error');
    const own = readable(headersOnce);
    return {
      pool, path: basePath + path.replace('{model}', encodeURIComponent(model)), headers: further.length === 0 ? own : [...own, ...further], totalMs: entry.timeouts.totalMs, leave: gate.enter(),
    };
  };

  return {
    entry,
    health,
    speaks: (api) => paths[api] !== undefined,
    callerHeaders: provider.callerHeaders,
    answerHeaders: provider.answerHeaders,
    holdsCredential: (text) => credential !== undefined && text.includes(credential.reveal()),
    refusal: () => gate.refusal(),
    send: (request, receiver) => {
      try {
        return dispatch(wayOf(request), request, receiver);
      } catch (error) {
        queueMicrotask(() => receiver.failed(toUpstreamError(error, false)));
        return NO_FLOW;
      }
    },
  };
}

/** The dated version is the same for all calls; the model is not. */
function pathsOf({ apiVersion }: UpstreamEntry, { paths, versionedPaths }: Provider): Provider['paths'] {
  if (apiVersion === undefined || versionedPaths === undefined) return paths;
  return Object.fromEntries(Object.entries(versionedPaths).map(([api, path]) => [api, path.replace('{version}', encodeURIComponent(apiVersion))]));
}

/** @throws UpstreamError `upstream_credential_unreadable` */
function readable<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw new UpstreamError('upstream_credential_unreadable', error);
  }
}

const NO_FLOW: Flow = { pause: () => {}, resume: () => {}, abort: () => {} };

interface Way {
  readonly pool: Pool;
  readonly path: string;
  readonly headers: string[];
  readonly totalMs: number;
  /** Told once the call is over. */
  readonly leave: () => void;
}

function dispatch(way: Way, request: UpstreamRequest, receiver: AnswerReceiver): Flow {
  let controller: Dispatcher.DispatchController | undefined;
  let started = false;
  let over = false;
  const finish = (): boolean => {
    if (over) return false;
    over = true;
    clearTimeout(deadline);
    way.leave();
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
    { path: way.path, method: 'POST', headers: way.headers, body: request.body },
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

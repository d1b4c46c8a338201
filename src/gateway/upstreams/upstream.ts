/** What the exchange needs of a place that answers it. */
import type { UpstreamEntry } from '../../shapes.ts';
import type { UpstreamError } from './errors.ts';

export interface UpstreamRequest {
  /** Behind the upstream's base URL, e.g. `/chat/completions`. */
  readonly path: string;
  readonly body: string | Buffer;
  readonly stream: boolean;
}

export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Hand on the answer that is coming in. After `abort` nothing is received any more. */
export interface Flow {
  pause(): void;
  resume(): void;
  abort(): void;
}

/** Gets, in this order: the head, data any number of times, then the end or an error. An error may come at any time. */
export interface AnswerReceiver {
  head(head: AnswerHead, flow: Flow): void;
  data(chunk: Buffer): void;
  end(): void;
  failed(error: UpstreamError): void;
}

export interface Upstream {
  readonly entry: UpstreamEntry;
  /** Whether a text holds the credential that this upstream is called with. */
  holdsCredential(text: string): boolean;
  /** @returns a hand on the call, also before its head has come */
  send(request: UpstreamRequest, receiver: AnswerReceiver): Flow;
  readonly health: Health;
}

export interface UpstreamState {
  readonly id: string;
  readonly name: string;
  /** `unknown` until the first call has ended. */
  readonly state: 'unknown' | 'healthy' | 'failing';
  /** When it came into this state. */
  readonly since: string;
  readonly error?: string;
}

export interface Health {
  succeeded(): void;
  /** @param code e.g. `upstream_unreachable` */
  failed(code: string): void;
  state(): Omit<UpstreamState, 'id' | 'name'>;
}

export function createHealth(now: () => number): Health {
  let state: UpstreamState['state'] = 'unknown';
  let error: string | undefined;
  let since = now();
  const become = (next: UpstreamState['state'], code: string | undefined) => {
    if (next !== state) since = now();
    state = next;
    error = code;
  };
  return {
    succeeded: () => { if (state !== 'healthy') become('healthy', undefined); },
    failed: (code) => become('failing', code),
    state: () => ({ state, since: new Date(since).toISOString(), ...(error === undefined ? {} : { error }) }),
  };
}

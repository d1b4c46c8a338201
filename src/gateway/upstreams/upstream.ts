/** What the exchange needs of a place that answers it. */
import type { Api, UpstreamEntry } from '../../shapes.ts';
import type { UpstreamError, UpstreamErrorCode } from './errors.ts';
import type { Health } from './health.ts';
import type { CallerHeader } from './providers/provider.ts';

export interface UpstreamRequest {
  readonly api: Api;
  /** The model as the upstream knows it. */
  readonly model: string;
  readonly body: string | Buffer;
  readonly stream: boolean;
  /** Those of the caller's headers that go on, name and value in turn. */
  readonly headers: readonly string[];
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
  /** Whether its provider has this API. */
  speaks(api: Api): boolean;
  readonly callerHeaders: readonly CallerHeader[];
  /** Names of the headers of its answers that are let through. */
  readonly answerHeaders: readonly string[];
  /** Whether a text holds the credential that this upstream is called with. */
  holdsCredential(text: string): boolean;
  /** Why it would take no call now; `undefined` when it would. */
  refusal(): UpstreamErrorCode | undefined;
  /** Sends a call; one that is kept back after all is a failure like any other. @returns a hand on the call, also before its head has come */
  send(request: UpstreamRequest, receiver: AnswerReceiver): Flow;
  readonly health: Health;
}

/** One call of an upstream as a promise: of the whole answer, or of the head of one that streams. */
import type { AnswerHead, Flow, Upstream, UpstreamRequest } from './upstream.ts';
import { UpstreamError } from './errors.ts';

/** Where a streamed answer goes once somebody takes it. Nothing is called after `end` or `failed`. */
export interface StreamSink {
  data(chunk: Buffer): void;
  end(): void;
  failed(error: UpstreamError): void;
}

export interface AnswerStream extends Flow {
  /** Lets the answer flow; what came in before waits for this. */
  into(sink: StreamSink): void;
}

export type Answer =
  | { readonly kind: 'whole'; readonly head: AnswerHead; readonly body: Buffer }
  | { readonly kind: 'stream'; readonly head: AnswerHead; readonly stream: AnswerStream };

export interface Receiving {
  readonly answer: Promise<Answer>;
  /** Breaks the call off; `answer` then rejects with CallerGone unless it had settled. */
  abort(): void;
}

/** The caller went away, so that nobody waits for the answer. */
export class CallerGone extends Error {
  constructor() {
    super('The caller went away.');
    this.name = 'CallerGone';
  }
}

/**
 * @param maxBytes longest answer that is taken as a whole
 * @returns a promise that rejects with UpstreamError
 */
export function receive(upstream: Upstream, request: UpstreamRequest, maxBytes: number): Receiving {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let answer: AnswerHead | undefined;
  let sink: StreamSink | undefined;

  const flow = upstream.send(request, {
    head(head, own) {
      answer = head;
      if (!request.stream || !isEventStream(head)) return;
      own.pause();
      const waiting = createWaitingSink();
      sink = waiting;
      const into = (target: StreamSink) => {
        sink = target;
        waiting.into(target);
        own.resume();
      };
      resolve({ kind: 'stream', head, stream: { into, pause: () => own.pause(), resume: () => own.resume(), abort: () => own.abort() } });
    },
    data(chunk) {
      if (sink !== undefined) {
        sink.data(chunk);
        return;
      }
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else {
        flow.abort();
        reject(new UpstreamError('upstream_response_too_large'));
      }
    },
    end() {
      if (sink !== undefined) sink.end();
      else if (answer !== undefined) resolve({ kind: 'whole', head: answer, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    },
    failed(error) {
      if (sink !== undefined) sink.failed(error);
      else reject(error);
    },
  });
  return {
    answer: promise,
    abort: () => {
      flow.abort();
      reject(new CallerGone());
    },
  };
}

export const isEventStream = (head: AnswerHead): boolean => mediaType(head) === 'text/event-stream';

export function mediaType(head: AnswerHead): string {
  const value = head.headers['content-type'];
  return typeof value === 'string' ? (value.split(';', 1)[0] ?? '').trim().toLowerCase() : '';
}

/** Keeps what comes in between the head and the moment in which somebody takes the stream. */
function createWaitingSink(): StreamSink & { into(target: StreamSink): void } {
  const calls: ((target: StreamSink) => void)[] = [];
  return {
    data: (chunk) => { calls.push((target) => target.data(chunk)); },
    end: () => { calls.push((target) => target.end()); },
    failed: (error) => { calls.push((target) => target.failed(error)); },
    into: (target) => { for (const call of calls) call(target); },
  };
}

/**
 * The built-in upstream, with which the first call works offline. It is no model and says so. It takes the way of any other:
 * its request and its answer are bytes that are inspected, masked and restored.
 */
import { createHash } from 'node:crypto';
import type { Api, UpstreamEntry } from '../../shapes.ts';
import type { Health } from './health.ts';
import { SANDBOX_CHAT } from './sandbox-chat.ts';
import { SANDBOX_COUNT_TOKENS, SANDBOX_MESSAGES } from './sandbox-messages.ts';
import { SANDBOX_COMPLETIONS, SANDBOX_EMBEDDINGS, SANDBOX_MODERATIONS } from './sandbox-plain.ts';
import { SANDBOX_RESPONSES } from './sandbox-responses.ts';
import { countTokens, type SandboxCall, type SandboxWire } from './sandbox-wire.ts';
import type { AnswerReceiver, Flow, Upstream, UpstreamRequest } from './upstream.ts';

const TEXT =
  'This is the sandbox that is built into Sallyport. It is no language model: it gives this text to every question, so that you can see a call pass the gateway before a provider is set up. ' +
  'Ask for the model sandbox-echo to get your own words back, or add an upstream to reach a model.';

export interface SandboxNeeds {
  readonly entry: UpstreamEntry;
  readonly health: Health;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createSandbox({ entry, health, now }: SandboxNeeds): Upstream {
  return {
    entry,
    health,
    speaks: (api) => WIRES[api] !== undefined,
    callerHeaders: [],
    answerHeaders: [],
    holdsCredential: () => false,
    refusal: () => undefined,
    send: (request, receiver) => {
      const wire = WIRES[request.api];
      if (wire === undefined) throw new Error('The sandbox was asked in an API that it does not speak.');
      return play(answerOf(wire, request, now()), receiver);
    },
  };
}

const WIRES: Readonly<Partial<Record<Api, SandboxWire>>> = {
  'openai.chat_completions': SANDBOX_CHAT,
  'openai.responses': SANDBOX_RESPONSES,
  'openai.completions': SANDBOX_COMPLETIONS,
  'openai.embeddings': SANDBOX_EMBEDDINGS,
  'openai.moderations': SANDBOX_MODERATIONS,
  'anthropic.messages': SANDBOX_MESSAGES,
  'anthropic.count_tokens': SANDBOX_COUNT_TOKENS,
};

/** The gateway has read this body already. */
function answerOf(wire: SandboxWire, { body, stream }: UpstreamRequest, now: number): Played {
  const asked = JSON.parse(body.toString()) as Record<string, unknown>;
  const { texts, lastUserText } = wire.read(asked);
  const call: SandboxCall = {
    body: asked,
    id: createHash('sha256').update(body).digest('hex').slice(0, 24),
    created: Math.floor(now / 1000),
    text: asked['model'] === 'sandbox-echo' ? lastUserText : TEXT,
    inputTokens: texts.reduce((sum, text) => sum + countTokens(text), 0),
  };
  return stream && wire.stream !== undefined
    ? { status: 200, contentType: 'text/event-stream', chunks: wire.stream(call) }
    : { status: 200, contentType: 'application/json', chunks: [JSON.stringify(wire.whole(call))] };
}

interface Played {
  readonly status: number;
  readonly contentType: string;
  readonly chunks: readonly string[];
}

/** Gives the chunks one at a turn of the event loop, so that they arrive as from a network. */
function play({ status, contentType, chunks }: Played, receiver: AnswerReceiver): Flow {
  let next = -1;
  let paused = false;
  let stopped = false;
  let scheduled = false;
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(step);
  };
  const step = (): void => {
    scheduled = false;
    if (stopped || (paused && next >= 0)) return;
    if (next === -1) receiver.head({ status, headers: { 'content-type': contentType } }, flow);
    else if (next < chunks.length) receiver.data(Buffer.from(chunks[next] ?? ''));
    else {
      stopped = true;
      receiver.end();
      return;
    }
    next++;
    if (!paused) schedule();
  };
  const flow: Flow = {
    pause: () => { paused = true; },
    resume: () => {
      paused = false;
      if (!stopped) schedule();
    },
    abort: () => { stopped = true; },
  };
  schedule();
  return flow;
}

/**
 * The built-in upstream, with which the first call works offline. It is no model and says so. It takes the way of any other:
 * its request and its answer are bytes that are inspected, masked and restored.
 */
import { createHash } from 'node:crypto';
import type { UpstreamEntry } from '../../shapes.ts';
import { writeSse } from '../streaming/sse.ts';
import type { AnswerReceiver, Flow, Health, Upstream } from './upstream.ts';

const TEXT =
  'This is the sandbox that is built into Sallyport. It is no language model: it gives this text to every question, so that you can see a call pass the gateway before a provider is set up. ' +
  'Ask for the model sandbox-echo to get your own words back, or add an upstream to reach a model.';

interface Call {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly lastUserText: string;
  readonly inputTokens: number;
}

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
    holdsCredential: () => false,
    send: (request, receiver) => {
      const call = readCall(request.body.toString());
      const text = call.model === 'sandbox-echo' ? call.lastUserText : TEXT;
      const answer = { id: `chatcmpl-${createHash('sha256').update(request.body).digest('hex').slice(0, 24)}`, created: Math.floor(now() / 1000), text };
      const { contentType, chunks } = call.stream
        ? { contentType: 'text/event-stream', chunks: streamOf(call, answer) }
        : { contentType: 'application/json', chunks: [wholeOf(call, answer)] };
      return play(contentType, chunks, receiver);
    },
  };
}

/** The gateway has read this body already; what is not of the expected shape is simply not echoed. */
function readCall(body: string): Call {
  const call = JSON.parse(body) as { model?: unknown; stream?: unknown; stream_options?: { include_usage?: unknown } | null; messages?: unknown };
  const messages = Array.isArray(call.messages) ? (call.messages as { role?: unknown; content?: unknown }[]) : [];
  const texts = messages.map((message) => textOf(message?.content));
  const lastUser = messages.findLastIndex((message) => message?.role === 'user');
  return {
    model: String(call.model),
    stream: call.stream === true,
    includeUsage: call.stream_options?.include_usage === true,
    lastUserText: texts[lastUser] ?? '',
    inputTokens: texts.reduce((sum, text) => sum + countTokens(text), 0),
  };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('\n');
}

/** Words and marks; no tokenizer, but a number that grows with the text. */
const tokensOf = (text: string): string[] => text.match(/\s*(?:[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}])|\s+$/gu) ?? [];
const countTokens = (text: string): number => tokensOf(text).length;

interface SandboxAnswer {
  readonly id: string;
  readonly created: number;
  readonly text: string;
}

function usageOf(call: Call, { text }: SandboxAnswer) {
  const output = countTokens(text);
  return { prompt_tokens: call.inputTokens, completion_tokens: output, total_tokens: call.inputTokens + output };
}

function wholeOf(call: Call, answer: SandboxAnswer): string {
  return JSON.stringify({
    id: answer.id,
    object: 'chat.completion',
    created: answer.created,
    model: call.model,
    choices: [{ index: 0, message: { role: 'assistant', content: answer.text, refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage: usageOf(call, answer),
  });
}

function streamOf(call: Call, answer: SandboxAnswer): string[] {
  const event = (members: object): string =>
    writeSse('', JSON.stringify({ id: answer.id, object: 'chat.completion.chunk', created: answer.created, model: call.model, ...members }));
  const choice = (delta: object, finish_reason: string | null = null) => event({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  return [
    choice({ role: 'assistant', content: '' }),
    ...tokensOf(answer.text).map((content) => choice({ content })),
    choice({}, 'stop'),
    ...(call.includeUsage ? [event({ choices: [], usage: usageOf(call, answer) })] : []),
    writeSse('', '[DONE]'),
  ];
}

/** Gives the chunks one at a turn of the event loop, so that they arrive as from a network. */
function play(contentType: string, chunks: readonly string[], receiver: AnswerReceiver): Flow {
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
    if (next === -1) receiver.head({ status: 200, headers: { 'content-type': contentType } }, flow);
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

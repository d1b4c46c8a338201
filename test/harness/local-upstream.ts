import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A chat request as the provider sees it. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A prompt with this word gets no answer. */
export const NEVER_ANSWERED = 'never-answered';

export interface LocalUpstream {
  /** Base URL with /v1. */
  readonly baseUrl: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/**
 * A model provider on loopback that answers with the last message it got, as an OpenAI-compatible service does,
 * whole or as server-sent events. What it saw is kept for the test to look at.
 *
 * @param options.piece characters that a stream chunk carries
 * @param options.delayMs how long it thinks before it answers
 */
export async function startLocalUpstream({ piece = 7, delayMs = 0 } = {}): Promise<LocalUpstream> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      seen.push({ path: request.url ?? '', headers: request.headers, body });
      if (body.includes(NEVER_ANSWERED)) return;
      setTimeout(() => answer(response, JSON.parse(body) as ChatRequest, piece), delayMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface ChatRequest { readonly model: string; readonly stream?: boolean; readonly messages: readonly { readonly content: string }[] }

function answer(response: ServerResponse, request: ChatRequest, piece: number): void {
  const text = `You wrote: ${request.messages.at(-1)?.content ?? ''}`;
  const common = { id: 'chatcmpl-local', created: 1_700_000_000, model: request.model };
  if (request.stream !== true) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({
      ...common,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    }));
    return;
  }
  response.setHeader('content-type', 'text/event-stream');
  const send = (delta: object, finish: string | null) => response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  send({ role: 'assistant', content: '' }, null);
  for (let at = 0; at < text.length; at += piece) send({ content: text.slice(at, at + piece) }, null);
  send({}, 'stop');
  response.end('data: [DONE]\n\n');
}

/** The built-in upstream on OpenAI's wire for responses. */
import { writeSse } from '../streaming/sse.ts';
import { countTokens, readMessages, textOf, tokensOf, type SandboxCall, type SandboxWire } from './sandbox-wire.ts';

const read: SandboxWire['read'] = ({ instructions, input }) => {
  const { texts, lastUserText } = typeof input === 'string' ? { texts: [input], lastUserText: input } : readMessages({ messages: input });
  return { texts: [textOf(instructions), ...texts], lastUserText };
};

function response({ id, created, body, inputTokens, text }: SandboxCall, status: 'in_progress' | 'completed') {
  const isDone = status === 'completed';
  const output = countTokens(text);
  return {
    id: `resp_${id}`, object: 'response', created_at: created, status, model: body['model'], output: isDone ? [message(id, text)] : [], error: null, incomplete_details: null, instructions: null,
    metadata: {}, parallel_tool_calls: true, temperature: 1, top_p: 1, tool_choice: 'auto', tools: [],
    usage: isDone ? { input_tokens: inputTokens, input_tokens_details: { cached_tokens: 0 }, output_tokens: output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: inputTokens + output } : null,
  };
}

const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
const message = (id: string, text: string) => ({ type: 'message', id: `msg_${id}`, status: 'completed', role: 'assistant', content: [part(text)] });

function streamOf(call: SandboxCall): string[] {
  const { id, text } = call;
  const at = { item_id: `msg_${id}`, output_index: 0, content_index: 0 };
  const events = [
    { type: 'response.created', response: response(call, 'in_progress') },
    { type: 'response.output_item.added', output_index: 0, item: { ...message(id, ''), status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: part('') },
    ...tokensOf(text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: part(text) },
    { type: 'response.output_item.done', output_index: 0, item: message(id, text) },
    { type: 'response.completed', response: response(call, 'completed') },
  ];
  return events.map((event, index) => writeSse(event.type, JSON.stringify({ ...event, sequence_number: index })));
}

export const SANDBOX_RESPONSES: SandboxWire = { read, whole: (call) => response(call, 'completed'), stream: streamOf };

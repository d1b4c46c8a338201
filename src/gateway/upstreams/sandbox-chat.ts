/** The built-in upstream on OpenAI's wire for chats. */
import { writeSse } from '../streaming/sse.ts';
import { countTokens, readMessages, tokensOf, type SandboxCall, type SandboxWire } from './sandbox-wire.ts';

function usageOf({ inputTokens, text }: SandboxCall) {
  const output = countTokens(text);
  return { prompt_tokens: inputTokens, completion_tokens: output, total_tokens: inputTokens + output };
}

const head = ({ id, created, body }: SandboxCall, object: string) => ({ id: `chatcmpl-${id}`, object, created, model: body['model'] });

function streamOf(call: SandboxCall): string[] {
  const event = (members: object): string => writeSse('', JSON.stringify({ ...head(call, 'chat.completion.chunk'), ...members }));
  const choice = (delta: object, finish_reason: string | null = null) => event({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  const { include_usage: includeUsage } = (call.body['stream_options'] ?? {}) as { include_usage?: unknown };
  return [
    choice({ role: 'assistant', content: '' }),
    ...tokensOf(call.text).map((content) => choice({ content })),
    choice({}, 'stop'),
    ...(includeUsage === true ? [event({ choices: [], usage: usageOf(call) })] : []),
    writeSse('', '[DONE]'),
  ];
}

export const SANDBOX_CHAT: SandboxWire = {
  read: readMessages,
  whole: (call) => ({
    ...head(call, 'chat.completion'),
    choices: [{ index: 0, message: { role: 'assistant', content: call.text, refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage: usageOf(call),
  }),
  stream: streamOf,
};

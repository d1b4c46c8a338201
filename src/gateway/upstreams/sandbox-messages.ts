/** The built-in upstream on Anthropic's wire. */
import { writeSse } from '../streaming/sse.ts';
import { countTokens, readMessages, textOf, tokensOf, type SandboxCall, type SandboxWire } from './sandbox-wire.ts';

const read: SandboxWire['read'] = (body) => {
  const { texts, lastUserText } = readMessages(body);
  return { texts: [textOf(body['system']), ...texts], lastUserText };
};

const message = ({ id, body, inputTokens }: SandboxCall, members: object) => ({
  id: `msg_${id}`, type: 'message', role: 'assistant', model: body['model'], content: [], stop_reason: null, stop_sequence: null,
  usage: { input_tokens: inputTokens, output_tokens: 0 }, ...members,
});

const ENDED = { stop_reason: 'end_turn', stop_sequence: null };

function streamOf(call: SandboxCall): string[] {
  const event = (type: string, members: object = {}): string => writeSse(type, JSON.stringify({ type, ...members }));
  return [
    event('message_start', { message: message(call, {}) }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '', citations: null } }),
    ...tokensOf(call.text).map((text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: ENDED, usage: { output_tokens: countTokens(call.text) } }),
    event('message_stop'),
  ];
}

export const SANDBOX_MESSAGES: SandboxWire = {
  read,
  whole: (call) => message(call, { ...ENDED, content: [{ type: 'text', text: call.text, citations: null }], usage: { input_tokens: call.inputTokens, output_tokens: countTokens(call.text) } }),
  stream: streamOf,
};

export const SANDBOX_COUNT_TOKENS: SandboxWire = { read, whole: ({ inputTokens }) => ({ input_tokens: inputTokens }) };

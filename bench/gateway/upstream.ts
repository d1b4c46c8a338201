/** A provider that answers at once: 1 KB, or 50 chunks as server-sent events. Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const sentence = 'The committee reviewed the proposal and asked for two further estimates before the autumn meeting. ';
const text = sentence.repeat(8).slice(0, 720);
const whole = Buffer.from(JSON.stringify({
  id: 'chatcmpl-bench', object: 'chat.completion', created: 1_700_000_000, model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 250, completion_tokens: 150, total_tokens: 400 },
}));
const event = (delta: object, finish: string | null) => Buffer.from(`data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
const words = text.split(' ');
const events = [
  event({ role: 'assistant', content: '' }, null),
  ...Array.from({ length: 48 }, (_, i) => event({ content: `${words[i % words.length]} ${words[(i + 7) % words.length]} ` }, null)),
  Buffer.concat([event({}, 'stop'), Buffer.from('data: [DONE]\n\n')]),
];

const server = createServer((request, response) => {
  let streamed = false;
  request.on('data', (chunk: Buffer) => { streamed ||= chunk.includes('"stream":true'); });
  request.on('end', () => {
    if (!streamed) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
      response.end(whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let next = 0;
    // One turn of the loop a chunk, so that chunks arrive apart as a provider's do.
    const send = () => {
      const chunk = events[next++];
      if (chunk === undefined) response.end();
      else if (!response.destroyed) {
        response.write(chunk);
        setImmediate(send);
      }
    };
    send();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

/** Calls through the gateway as text to paste. Pure. */

export interface Call {
  /** The gateway's address without `/v1`. */
  readonly address: string;
  readonly model: string;
  /** Absent: read from SALLYPORT_KEY. */
  readonly apiKey?: string;
}

const GATEWAY_PORT = 7071;
const PROMPT = 'Write to ann.lee@example.org that her card 4111 1111 1111 1111 expires.';

/** Where clients call: what control says, else the console's host on the gateway's default port. */
export function gatewayAddress(told: string | null | undefined, page: { readonly protocol: string; readonly hostname: string }): string {
  return told === null || told === undefined || told === '' ? `${page.protocol}//${page.hostname}:${GATEWAY_PORT}` : told.replace(/\/+$/, '');
}

export function curlCall({ address, model, apiKey }: Call): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: PROMPT }] });
  const lines = [
    `curl ${shellQuote(`${address}/v1/chat/completions`)}`,
    `  -H "Authorization: Bearer ${apiKey ?? '$SALLYPORT_KEY'}"`,
    "  -H 'Content-Type: application/json'",
    `  -d ${shellQuote(body)}`,
  ];
  return lines.join(' \\\n');
}

export function pythonCall({ address, model, apiKey }: Call): string {
  return [
    ...(apiKey === undefined ? ['import os'] : []),
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${JSON.stringify(`${address}/v1`)}, api_key=${apiKey === undefined ? 'os.environ["SALLYPORT_KEY"]' : JSON.stringify(apiKey)})`,
    'answer = client.chat.completions.create(',
    `    model=${JSON.stringify(model)},`,
    `    messages=[{"role": "user", "content": ${JSON.stringify(PROMPT)}}],`,
    ')',
    'print(answer.choices[0].message.content)',
  ].join('\n');
}

export function javascriptCall({ address, model, apiKey }: Call): string {
  return [
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(`${address}/v1`)}, apiKey: ${apiKey === undefined ? 'process.env.SALLYPORT_KEY' : JSON.stringify(apiKey)} });`,
    'const answer = await client.chat.completions.create({',
    `  model: ${JSON.stringify(model)},`,
    `  messages: [{ role: 'user', content: ${JSON.stringify(PROMPT)} }],`,
    '});',
    'console.log(answer.choices[0].message.content);',
  ].join('\n');
}

/** One word for a POSIX shell, whatever stands in it. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

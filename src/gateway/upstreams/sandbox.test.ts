/** The built-in upstream on each of OpenAI's wires, through a whole gateway, as the OpenAI library reads it. */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, startRig, type Rig } from '../testing/rig.ts';

const EMAIL = 'ada.lovelace@analytical-engines.co.uk';
const WORDS = `Write to ${EMAIL} today`;
const model = 'sandbox-echo';

let rig: Rig;
let client: OpenAI;
beforeAll(async () => {
  rig = await startRig();
  client = new OpenAI({ apiKey: KEY, baseURL: `${rig.url}/v1`, maxRetries: 0 });
});
afterAll(() => rig.close());

describe('the sandbox', () => {
  it('echoes a response, whole and streamed, and restores what was masked in both of its places', async () => {
    expect((await client.responses.create({ model, input: WORDS })).output_text).toBe(WORDS);
    const input = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: WORDS }] }];
    const stream = client.responses.stream({ model, instructions: 'Be brief.', input });
    let text = '';
    for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
    expect(text).toBe(WORDS);
    const final = await stream.finalResponse();
    expect(final.output_text).toBe(WORDS);
    expect(final.usage?.input_tokens).toBeGreaterThan(3);
  });

  it('completes a text, whole and streamed', async () => {
    expect((await client.completions.create({ model, prompt: WORDS })).choices[0]?.text).toBe(WORDS);
    let text = '';
    for await (const chunk of await client.completions.create({ model, prompt: WORDS, stream: true })) text += chunk.choices[0]?.text ?? '';
    expect(text).toBe(WORDS);
  });

  it('embeds texts: the same one the same way, in numbers and in base64', async () => {
    const { data } = await client.embeddings.create({ model, input: ['a', 'b', 'a'] });
    expect(data).toHaveLength(3);
    expect(data[0]?.embedding).toHaveLength(8);
    expect(data[0]?.embedding).toEqual(data[2]?.embedding);
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
    const plain = await client.embeddings.create({ model, input: 'a', encoding_format: 'float' });
    expect(plain.data[0]?.embedding).toEqual([...(data[0]?.embedding ?? [])]);
  });

  it('moderates, and flags nothing', async () => {
    const { results } = await client.moderations.create({ model, input: ['a', 'b'] });
    expect(results.map(({ flagged }) => flagged)).toEqual([false, false]);
  });
});

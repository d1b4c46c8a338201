import { createInspector, createStreamInspector } from '#inspection/index.ts';

/**
 * How long inspection takes, for a kilobyte of each of a few kinds of text, in one piece and as a stream. Runs in one process, warmed,
 * the kinds in turn; the median of the rounds is printed. CPU time, so that other processes count for little.
 */
const PROSE = `Dear team, the quarterly review went better than we had hoped. Sales in the north grew again, although the new office in the harbour
is still waiting for its furniture. Please read the attached notes before Thursday and think about which of the three proposals you would
rather defend in front of the board; I find the second one the most convincing, since it needs no new supplier and leaves the current
contracts alone. We should also decide who looks after the garden project while Maria is away. It is not urgent, but the last time we left it
open nobody watered anything for a month. Summarise the main arguments in a few sentences and keep the tone friendly. `;
const CODE = `export async function load(path: string, options: { retries?: number } = {}): Promise<Config> {
  const { retries = 3 } = options;
  for (let attempt = 0; attempt < retries; attempt++) {
    const response = await fetch(new URL(path, base), { headers: { accept: 'application/json' } });
    if (response.status === 200) return parse(await response.json());
    log.warn({ attempt, status: response.status }, 'not yet');
    await delay(250 * 2 ** attempt);
  }
  throw new Error(\`gave up on \${path}\`);
}
`;
const JSON_TEXT = JSON.stringify({ id: 48213, name: 'report', created: '2026-11-23T16:31:20Z', items: Array.from({ length: 12 }, (_, i) => ({ sku: `AX-${100 + i}`, count: i * 3, price: 12.5 + i, token_type: 'bearer' })) });
const DENSE = 'Write to jane.doe@corp.example or call +44 20 7946 0958; card 4111 1111 1111 1111, IBAN GB82 WEST 1234 5698 7654 32, SSN 536-90-4399. ';

const kilobyte = (text: string) => text.repeat(Math.ceil(1024 / text.length)).slice(0, 1024);
const texts = { prose: kilobyte(PROSE), code: kilobyte(CODE), json: kilobyte(JSON_TEXT), dense: kilobyte(DENSE), unicode: kilobyte(`${PROSE}“Voilà” – наконец `) };

const inspector = createInspector({ disabled: [] });

function microseconds(work: () => void, repeats: number): number {
  const start = process.cpuUsage();
  for (let i = 0; i < repeats; i++) work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / repeats;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

function streamed(text: string): void {
  const stream = createStreamInspector(inspector);
  for (let at = 0; at < text.length; at += 20) stream.push(text.slice(at, at + 20));
  stream.end();
}

const rounds = Object.fromEntries([...Object.keys(texts), 'stream_prose'].map((name) => [name, [] as number[]]));
for (let round = 0; round < 15; round++) {
  for (const [name, text] of Object.entries(texts)) rounds[name]?.push(microseconds(() => inspector.inspect(text), 400));
  rounds.stream_prose?.push(microseconds(() => streamed(texts.prose), 100));
}

const figures = Object.fromEntries(Object.entries(rounds).map(([name, values]) => [`${name}_us_per_kb`, Math.round(median(values) * 100) / 100]));
console.log(JSON.stringify({ bench: 'inspection', figures }));

import { once } from 'node:events';
import { createInspector, type Inspector } from './inspector.ts';
import { createStreamInspector } from './stream.ts';

/** The longest line that is read in `--jsonl`, in UTF-16 code units. */
export const LINE_MAX = 16 * 1024 * 1024;

/** One line of output without its end, and whether it reports a line of input that could not be read. */
interface OutputLine {
  readonly line: string;
  readonly failed: boolean;
}

const NEWLINE = '\n';

/** One line for each finding of a text that comes in pieces; memory stays bounded whatever its length. */
async function* inspectText(chunks: AsyncIterable<string>, inspector: Inspector): AsyncGenerator<OutputLine> {
  const stream = createStreamInspector(inspector);
  for await (const chunk of chunks) for (const match of stream.push(chunk).matches) yield { line: JSON.stringify(match), failed: false };
  for (const match of stream.end().matches) yield { line: JSON.stringify(match), failed: false };
}

function inspectLine(line: string, number: number, inspector: Inspector): OutputLine {
  const failure = (error: string): OutputLine => ({ line: JSON.stringify({ id: null, line: number, error }), failed: true });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return failure('This line is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return failure('This line is not a JSON object.');
  const { id, text } = value as { id?: unknown; text?: unknown };
  if (typeof id !== 'string' && typeof id !== 'number') return failure('"id" must be a string or a number.');
  if (typeof text !== 'string') return failure('"text" must be a string.');
  return { line: JSON.stringify({ id, findings: inspector.inspect(text) }), failed: false };
}

/** One line for each JSON object `{"id","text"}`, in order; blank lines are passed over, and lines beyond LINE_MAX are reported, not kept. */
async function* inspectLines(chunks: AsyncIterable<string>, inspector: Inspector): AsyncGenerator<OutputLine> {
  let pieces: string[] = [];
  let length = 0;
  let number = 0;
  const finish = (): OutputLine | undefined => {
    number++;
    const line = length > LINE_MAX ? undefined : pieces.join('');
    pieces = [];
    length = 0;
    if (line === undefined) return { line: JSON.stringify({ id: null, line: number, error: 'This line is longer than 16 MiB.' }), failed: true };
    const text = number === 1 ? line.replace(/^\ufeff/, '') : line;
    return text.trim() === '' ? undefined : inspectLine(text, number, inspector);
  };
  for await (const chunk of chunks) {
    const parts = chunk.split(NEWLINE);
    for (const [index, part] of parts.entries()) {
      length += part.length;
      if (length > LINE_MAX) pieces = [];
      else pieces.push(part);
      if (index === parts.length - 1) break;
      const output = finish();
      if (output !== undefined) yield output;
    }
  }
  const output = length > 0 ? finish() : undefined;
  if (output !== undefined) yield output;
}

/**
 * The command `inspect`: findings of standard input as JSON lines, by the recognisers that the gateway runs. Offsets are UTF-16 code units.
 *
 * @returns the exit code: 1 when a line could not be read, else 0
 */
export async function inspectStream({ input, output, jsonl }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream; jsonl: boolean }): Promise<number> {
  input.setEncoding('utf8');
  const inspector = createInspector({ disabled: [] });
  const chunks = input as AsyncIterable<string>;
  let exitCode = 0;
  for await (const { line, failed } of jsonl ? inspectLines(chunks, inspector) : inspectText(chunks, inspector)) {
    if (failed) exitCode = 1;
    if (!output.write(line + NEWLINE)) await once(output, 'drain');
  }
  return exitCode;
}

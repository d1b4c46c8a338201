import { INCOMPLETE, tokenAt, tokenStarts, type Lexicon } from './token-scanner.ts';

/** Makes a restored value fit its surroundings, e.g. `escapeForJson` inside a JSON string. */
export type Escape = (value: string) => string;

export interface RestoreStream {
  /** @returns the text that can be let go: all but an end that may still become a placeholder */
  push(text: string): string;
  /** @returns what was held back. The stream takes nothing after it. */
  end(): string;
  /** UTF-16 length of what is held back. */
  readonly held: number;
}

/** Puts originals back where an answer names the placeholders of its own exchange; any other look-alike stays as it is. */
export interface Restorer {
  restore(text: string, escape?: Escape): string;
  /** One text that arrives in pieces. However it is cut, the pieces together give what `restore` gives for the whole. */
  stream(escape?: Escape): RestoreStream;
  /** Placeholders restored so far, by `restore` and all streams. */
  count(): number;
}

/** The inside of a JSON string literal (RFC 8259, section 7). */
export const escapeForJson: Escape = (value) => JSON.stringify(value).slice(1, -1);

const asItIs: Escape = (value) => value;

/** @param lexicon read when used: what is minted later is restored too */
export function createRestorer(lexicon: Lexicon): Restorer {
  let restored = 0;
  let starts = tokenStarts(lexicon.keys());
  let words = lexicon.size;
  const scan = (text: string, options: ScanOptions): Scanned => {
    if (lexicon.size === 0) return { output: text, held: text.length, restored: 0 };
    if (lexicon.size !== words) [starts, words] = [tokenStarts(lexicon.keys()), lexicon.size];
    const scanned = scanText(text, lexicon, starts, options);
    restored += scanned.restored;
    return scanned;
  };
  return {
    restore: (text, escape = asItIs) => scan(text, { previous: 0, final: true, escape }).output,
    stream: (escape = asItIs) => createRestoreStream(scan, escape),
    count: () => restored,
  };
}

interface ScanOptions {
  readonly previous: number;
  readonly final: boolean;
  readonly escape: Escape;
}

interface Scanned {
  readonly output: string;
  /** Offset from which the text is held back. */
  readonly held: number;
  readonly restored: number;
}

function createRestoreStream(scan: (text: string, options: ScanOptions) => Scanned, escape: Escape): RestoreStream {
  let held = '';
  let previous = 0;
  const advance = (chunk: string, final: boolean): string => {
    const text = held === '' ? chunk : held + chunk;
    const scanned = scan(text, { previous, final, escape });
    if (scanned.held > 0) previous = text.charCodeAt(scanned.held - 1);
    held = text.slice(scanned.held);
    return scanned.output;
  };
  return {
    push: (text) => (text === '' ? '' : advance(text, false)),
    end: () => (held === '' ? '' : advance('', true)),
    get held() { return held.length; },
  };
}

function scanText(text: string, lexicon: Lexicon, starts: Uint8Array, { previous, final, escape }: ScanOptions): Scanned {
  let output = '';
  let copied = 0;
  let restored = 0;
  for (let i = 0; i < text.length; i++) {
    const first = text.charCodeAt(i);
    if (first >= 128 || starts[first] === 0) continue;
    const token = tokenAt(text, i, lexicon, { previous: i === 0 ? previous : text.charCodeAt(i - 1), final });
    if (token === undefined) continue;
    if (token === INCOMPLETE) return { output: output + text.slice(copied, i), held: i, restored };
    output += text.slice(copied, i) + escape(token.value);
    copied = token.end;
    i = token.end - 1;
    restored++;
  }
  return { output: copied === 0 ? text : output + text.slice(copied), held: text.length, restored };
}

/** What the built-in upstream has to know of a wire to answer it. */

export interface SandboxWire {
  /** What the call says, text by text, and which of it the caller said last. What is not of the expected shape is simply not echoed. */
  read(body: Readonly<Record<string, unknown>>): { readonly texts: readonly string[]; readonly lastUserText: string };
  whole(call: SandboxCall): object;
  /** The events of a streamed answer; absent where the wire has none. */
  stream?(call: SandboxCall): string[];
}

export interface SandboxCall {
  readonly body: Readonly<Record<string, unknown>>;
  /** The same for the same call; 24 hexadecimal digits. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** What it answers. */
  readonly text: string;
  readonly inputTokens: number;
}

/** Words and marks; no tokenizer, but a number that grows with the text. */
export const tokensOf = (text: string): string[] => text.match(/\s*(?:[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}])|\s+$/gu) ?? [];
export const countTokens = (text: string): number => tokensOf(text).length;

/** The texts of a conversation (`messages[]`), as both OpenAI's and Anthropic's wire hold it. */
export function readMessages({ messages }: Readonly<Record<string, unknown>>): { texts: string[]; lastUserText: string } {
  const list = Array.isArray(messages) ? (messages as ({ role?: unknown; content?: unknown } | null)[]) : [];
  const texts = list.map((message) => textOf(message?.content));
  const lastUser = list.findLastIndex((message) => message?.role === 'user');
  return { texts, lastUserText: texts[lastUser] ?? '' };
}

/** Of a content that is a string or a list of blocks with a `text`. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('\n');
}

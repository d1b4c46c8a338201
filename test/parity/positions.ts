/** The places in which words travel to a model and back, whatever the wire calls them. */
export const POSITIONS = {
  system: 'system prompt',
  earlier: 'an earlier message',
  last: 'the last message, the answer',
  assistant: "the assistant's own turn",
  toolDefinition: 'tool definition',
  toolArguments: 'tool arguments',
  toolResult: 'tool result',
  structured: 'structured output, its schema',
  reasoning: 'reasoning text',
  signed: 'signed reasoning',
  encrypted: 'encrypted reasoning',
  choices: 'a further choice, a further input',
  terminal: 'terminal event that repeats the output',
  fileName: 'file name',
  url: 'URL',
  document: 'text of a document',
  payload: 'image or file as base64',
  stored: 'id of a stored object',
  parameter: 'a setting that is text',
  unknown: 'a field that nobody knows',
  key: 'name of a member',
} as const;

export type Position = keyof typeof POSITIONS;

/** Puts a text at one place of a body; a string says why there is no such place. */
export type RequestCell = ((text: string) => object) | string;
/** As the request's; the parts are a text cut in two, for what comes in pieces. A streamed answer is a list of events. */
export type WholeCell = ((text: string) => object) | string;
export type StreamCell = ((text: string) => readonly StreamEvent[]) | string;

export interface StreamEvent {
  /** The `event` field; absent where the wire has none. */
  readonly name?: string;
  readonly data: object | '[DONE]';
}

export interface Wire {
  /** As the matrix calls it. */
  readonly title: string;
  readonly path: string;
  readonly upstream: 'openai' | 'anthropic';
  readonly requests: Readonly<Record<Position, RequestCell>>;
  readonly answers: Readonly<Record<Position, WholeCell>>;
  /** A string: why this wire has no streams. */
  readonly streams: Readonly<Record<Position, StreamCell>> | string;
  /** Any request and any answer of this wire, with nothing to find. */
  readonly plain: { readonly request: (text: string) => object; readonly answer: object; readonly stream: readonly StreamEvent[] };
}

import { CHAT } from './chat.ts';
import { COUNT_TOKENS, MESSAGES } from './messages.ts';
import { COMPLETIONS, EMBEDDINGS, MODERATIONS } from './plain-texts.ts';
import type { StreamEvent, Wire } from './positions.ts';
import { RESPONSES } from './responses.ts';

export const WIRES: readonly Wire[] = [CHAT, RESPONSES, COMPLETIONS, EMBEDDINGS, MODERATIONS, MESSAGES, COUNT_TOKENS];

/** Events as they travel. */
export const writeEvents = (events: readonly StreamEvent[]): string[] =>
  events.map(({ name, data }) => `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);

/** The call of a body, streamed or not. */
export const asStream = (body: object, stream: boolean): object => (stream ? { ...body, stream: true } : body);

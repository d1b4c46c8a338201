/**
 * A streamed answer on its way to the caller: bytes in, events out. An event waits in a queue until all text in it is inspected and
 * restored; then it goes out with its own data, unless a text in it changed. The order of events stays as it was. Names and ids of
 * events are not of this dialect and do not go out.
 */
import type { Inspector, Match } from '#inspection/index.ts';
import { escapeForJson, type Restorer } from '#protection/index.ts';
import { CHAT_DONE, createChatEventReader, type ChatEvent, type Usage } from '../dialects/openai-stream.ts';
import { VOCABULARY } from '../dialects/openai-paths.ts';
import { splice, type Replacement } from '../parts.ts';
import { cannotMask } from '../refusals.ts';
import type { Role, Trust } from '../../shapes.ts';
import { createChannel, type Channel, type Piece } from './channel.ts';
import { StreamFailure } from './stream-failure.ts';
import { createSseReader, SseOverflow, writeSse, type SseEvent } from './sse.ts';

/** Where in a streamed answer something was found. */
export interface StreamedText {
  readonly role: Role;
  readonly trust: Trust;
}

export interface AnswerStreamNeeds {
  readonly inspector: Inspector;
  readonly restorer: Restorer | undefined;
  /** Called with what was found, before its text is let go. It throws to break the answer off. @returns what must be masked */
  readonly judge: (matches: readonly Match[], where: StreamedText) => readonly Match[];
  readonly mask: (text: string, match: Match) => string;
  readonly limits: AnswerStreamLimits;
}

export interface AnswerStreamLimits {
  /** Longest event, in UTF-16 code units. */
  readonly eventChars: number;
  /** What may wait to be inspected, in UTF-16 code units. */
  readonly queueChars: number;
}

export interface AnswerStream {
  /**
   * @returns the events that may go out, without the one that ends the answer
   * @throws what `judge` throws; JsonError or SseOverflow when it is no stream of this dialect; StreamFailure when the upstream says that it failed
   */
  push(chunk: Uint8Array): string;
  /** The last events when the upstream ends without saying so. */
  end(): string;
  /** The upstream said that the answer is complete. */
  readonly isDone: boolean;
  readonly usage: Usage | undefined;
}

/** What goes out last. */
export const STREAM_END = writeSse('', CHAT_DONE);

interface HeldEvent {
  readonly event: SseEvent;
  readonly chat: ChatEvent;
  readonly pieces: readonly { readonly channel: Channel; readonly piece: Piece }[];
}

interface OpenText {
  readonly choice: string;
  readonly channel: Channel;
}

/** Strings that are remembered as inspected; a stream repeats its ids in every event. */
const KNOWN_WORDS_MAX = 1_000;

export function createAnswerStream(needs: AnswerStreamNeeds): AnswerStream {
  const reader = createSseReader(needs.limits.eventChars);
  const events = createChatEventReader();
  const texts = new Map<string, OpenText>();
  const knownWords = new Set<string>();
  const queue: HeldEvent[] = [];
  let queuedChars = 0;
  let isDone = false;
  let usage: Usage | undefined;

  const inspectWords = ({ words }: ChatEvent): void => {
    for (const { text, role, trust } of words) {
      if (VOCABULARY.has(text) || knownWords.has(text)) continue;
      const matches = needs.inspector.inspect(text);
      if (matches.length > 0 && needs.judge(matches, { role, trust }).length > 0) throw cannotMask();
      if (matches.length === 0 && knownWords.size < KNOWN_WORDS_MAX) knownWords.add(text);
    }
  };

  const textOf = (name: string, choice: string, place: StreamedText & { readonly holdsJson: boolean }): OpenText => {
    let text = texts.get(name);
    if (text === undefined) {
      const channel = createChannel({
        inspector: needs.inspector,
        restorer: needs.restorer,
        escape: place.holdsJson ? escapeForJson : undefined,
        judge: (matches) => needs.judge(matches, place),
        mask: needs.mask,
      });
      texts.set(name, (text = { choice, channel }));
    }
    return text;
  };

  const hold = (event: SseEvent): void => {
    const chat = events.read(event.data);
    if (chat.isError || event.name === 'error') throw new StreamFailure();
    usage = chat.usage ?? usage;
    inspectWords(chat);
    if (chat.shares.length > 0) releaseOthers(texts, chat);
    const pieces = chat.shares.map(({ text, choice, part }) => {
      const { channel } = textOf(text, choice, part);
      return { channel, piece: channel.push(part.text) };
    });
    for (const choice of chat.finished) endTexts(texts, choice);
    queue.push({ event, chat, pieces });
    queuedChars += event.data.length;
    if (queuedChars > needs.limits.queueChars) throw new SseOverflow(needs.limits.queueChars);
  };

  const letGo = (): string => {
    let out = '';
    let sent = 0;
    for (const held of queue) {
      if (!held.pieces.every(({ channel, piece }) => channel.isFree(piece))) break;
      out += writeEvent(held);
      queuedChars -= held.event.data.length;
      sent++;
    }
    if (sent > 0) queue.splice(0, sent);
    return out;
  };

  const takeAll = (arrived: readonly SseEvent[]): string => {
    let out = '';
    for (const event of arrived) {
      if (isDone) break;
      if (event.data === CHAT_DONE) {
        isDone = true;
        endTexts(texts, undefined);
      } else hold(event);
      out += letGo();
    }
    return out;
  };

  return {
    push: (chunk) => takeAll(reader.push(chunk)),
    end: () => {
      const out = takeAll(reader.end());
      endTexts(texts, undefined);
      return out + letGo();
    },
    get isDone() { return isDone; },
    get usage() { return usage; },
  };
}

/**
 * Within a choice one text follows another (reasoning, then content, then arguments of calls), so that what waits for more of the
 * earlier one would hold up the later one until the end.
 */
function releaseOthers(texts: ReadonlyMap<string, OpenText>, { shares }: ChatEvent): void {
  for (const [name, { choice, channel }] of texts) {
    const carried = shares.some(({ text }) => text === name);
    if (!carried && shares.some((share) => share.choice === choice)) channel.release();
  }
}

function endTexts(texts: Map<string, OpenText>, ended: string | undefined): void {
  for (const [name, { choice, channel }] of texts) {
    if (ended !== undefined && choice !== ended) continue;
    channel.end();
    texts.delete(name);
  }
}

function writeEvent({ event, chat, pieces }: HeldEvent): string {
  let replacements: Replacement[] | undefined;
  for (const [index, { channel, piece }] of pieces.entries()) {
    const text = channel.take(piece);
    const part = chat.shares[index]?.part;
    if (text !== piece.text && part !== undefined) (replacements ??= []).push({ part, text });
  }
  return writeSse('', replacements === undefined ? event.data : splice(event.data, replacements));
}

/**
 * A streamed answer on its way to the caller: bytes in, events out. An event waits in a queue until all text in it is inspected and
 * restored; then it goes out with its own data, unless a text in it changed. The order of events stays as it was. Names of events go
 * out where the dialect has them; ids and anything else beside the data do not.
 */
import type { Inspector, Match } from '#inspection/index.ts';
import { escapeForJson, type Restorer } from '#protection/index.ts';
import type { Operation, StreamShape } from '../dialects/dialect.ts';
import { createEventReader, type StreamEvent, type TextShare, type TokenCounts } from '../dialects/read-event.ts';
import { VOCABULARY } from '../dialects/openai-paths.ts';
import { splice, type PlacedPart, type Replacement } from '../parts.ts';
import { cannotMask } from '../refusals.ts';
import { isHandle } from '../stored-objects.ts';
import { UpstreamError } from '../upstreams/errors.ts';
import type { Payload, Role, Trust } from '../../shapes.ts';
import { createChannel, type Channel, type Piece } from './channel.ts';
import { StreamFailure } from './stream-failure.ts';
import { createSseReader, SseOverflow, writeSse, type SseEvent } from './sse.ts';

/** Where in a streamed answer something was found. */
export interface StreamedText {
  readonly role: Role;
  readonly trust: Trust;
}

export interface AnswerStreamNeeds {
  readonly operation: Operation;
  readonly inspector: Inspector;
  readonly restorer: Restorer | undefined;
  /** Called with what was found, before its text is let go. It throws to break the answer off. @returns what must be masked */
  readonly judge: (matches: readonly Match[], where: StreamedText, isRepeat: boolean) => readonly Match[];
  /** The name that the caller gets for a stored object. */
  readonly seal: (id: string) => string;
  readonly mask: (text: string, match: Match) => string;
  /** Called with what cannot be read, before it is let go. It throws to break the answer off. */
  readonly pass: (payload: Payload) => void;
  /** Takes out of an event's data what the caller is not to learn. */
  readonly coarsen: (data: string) => string;
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
   * @returns the events that may go out; once `isDone`, with the one that ends the answer
   * @throws what `judge` throws; JsonError or SseOverflow when it is no stream of this dialect; StreamFailure when the upstream says that it failed
   */
  push(chunk: Uint8Array): string;
  /** The last events when the upstream ends without saying so. */
  end(): string;
  /** The upstream said that the answer is complete. */
  readonly isDone: boolean;
  /** It also said that it could not complete it. */
  readonly hasFailed: boolean;
  readonly usage: TokenCounts | undefined;
  /** UTF-16 code units of all streamed text so far. */
  readonly textChars: number;
}

interface HeldEvent {
  readonly event: StreamEvent;
  readonly data: string;
  readonly pieces: readonly HeldPiece[];
  readonly handles: readonly Replacement[];
}

interface HeldPiece {
  readonly channel: Channel;
  readonly piece: Piece;
}

interface OpenText {
  readonly choice: string;
  readonly channel: Channel;
}

/** Strings that are remembered as inspected; a stream repeats its ids in every event. */
const KNOWN_WORDS_MAX = 1_000;

export function createAnswerStream(needs: AnswerStreamNeeds): AnswerStream {
  const reader = createSseReader(needs.limits.eventChars);
  const shape = shapeOf(needs.operation);
  const events = createEventReader(needs.operation, shape);
  const texts = new Map<string, OpenText>();
  const knownWords = new Set<string>();
  const queue: HeldEvent[] = [];
  const passed = new Set<Payload>();
  let queuedChars = 0;
  let textChars = 0;
  let isDone = false;
  let hasFailed = false;
  let usage: TokenCounts | undefined;

  const inspectWords = ({ words }: StreamEvent): void => {
    for (const { text, role, trust } of words) {
      if (VOCABULARY.has(text) || knownWords.has(text)) continue;
      const matches = needs.inspector.inspect(text);
      if (matches.length > 0 && needs.judge(matches, { role, trust }, false).length > 0) throw cannotMask();
      if (matches.length === 0 && knownWords.size < KNOWN_WORDS_MAX) knownWords.add(text);
    }
  };

  /** @param isWhole what is whole in one event repeats, in most dialects, what went before */
  const openText = (part: PlacedPart, isWhole: boolean): Channel => {
    const isSigned = part.traits?.isSigned === true;
    return createChannel({
      inspector: needs.inspector,
      restorer: isSigned ? undefined : needs.restorer,
      escape: part.traits?.holdsJson === true ? escapeForJson : undefined,
      judge: (matches) => needs.judge(matches, part, isWhole),
      mask: isSigned ? () => { throw cannotMask(); } : needs.mask,
    });
  };

  const pieceOf = ({ name, part }: TextShare): HeldPiece => {
    if (name === undefined) {
      const channel = openText(part, true);
      const piece = channel.push(part.text);
      channel.end();
      return { channel, piece };
    }
    let text = texts.get(name.text);
    if (text === undefined) texts.set(name.text, (text = { choice: name.choice, channel: openText(part, false) }));
    return { channel: text.channel, piece: text.channel.push(part.text) };
  };

  const hold = ({ name, data }: SseEvent): void => {
    const event = events.read(data);
    if (event.state === 'error' || name === 'error') throw new StreamFailure();
    if (shape.isNamed && name !== '' && name !== event.type) throw new UpstreamError('upstream_invalid_response');
    if (event.usage !== undefined) usage = { ...usage, ...event.usage };
    inspectWords(event);
    for (const payload of event.payloads) {
      if (passed.size < passed.add(payload).size) needs.pass(payload);
    }
    if (event.shares.length > 0) releaseOthers(texts, event);
    for (const { part } of event.shares) textChars += part.text.length;
    const pieces = event.shares.map(pieceOf);
    for (const choice of event.finished) endTexts(texts, choice);
    if (event.state !== 'goes_on') finish(event.state === 'failed');
    const handles = event.words.filter(isHandle).map((part) => ({ part, text: needs.seal(part.text) }));
    queue.push({ event, data, pieces, handles });
    queuedChars += data.length;
    if (queuedChars > needs.limits.queueChars) throw new SseOverflow(needs.limits.queueChars);
  };

  const finish = (failed: boolean): void => {
    isDone = true;
    hasFailed = failed;
    endTexts(texts, undefined);
  };

  const letGo = (): string => {
    let out = '';
    let sent = 0;
    for (const held of queue) {
      if (!held.pieces.every(({ channel, piece }) => channel.isFree(piece))) break;
      out += writeEvent(held, shape.isNamed, needs.coarsen);
      queuedChars -= held.data.length;
      sent++;
    }
    if (sent > 0) queue.splice(0, sent);
    return out;
  };

  const takeAll = (arrived: readonly SseEvent[]): string => {
    let out = '';
    for (const event of arrived) {
      if (isDone) break;
      const isEnd = event.data === shape.endMark;
      if (isEnd) finish(false);
      else hold(event);
      out += letGo();
      if (isEnd) out += writeSse('', event.data);
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
    get hasFailed() { return hasFailed; },
    get usage() { return usage; },
    get textChars() { return textChars; },
  };
}

function shapeOf({ api, stream }: Operation): StreamShape {
  if (stream === undefined) throw new Error(`An answer of ${api} is not streamed.`);
  return stream;
}

/**
 * Within a choice one text follows another (reasoning, then content, then arguments of calls), so that what waits for more of the
 * earlier one would hold up the later one until the end.
 */
function releaseOthers(texts: ReadonlyMap<string, OpenText>, { shares }: StreamEvent): void {
  for (const [text, { choice, channel }] of texts) {
    const carried = shares.some(({ name }) => name?.text === text);
    if (!carried && shares.some(({ name }) => name?.choice === choice)) channel.release();
  }
}

function endTexts(texts: Map<string, OpenText>, ended: string | undefined): void {
  for (const [name, { choice, channel }] of texts) {
    if (ended !== undefined && choice !== ended) continue;
    channel.end();
    texts.delete(name);
  }
}

function writeEvent({ event, data, pieces, handles }: HeldEvent, isNamed: boolean, coarsen: AnswerStreamNeeds['coarsen']): string {
  let replacements: Replacement[] | undefined = handles.length === 0 ? undefined : [...handles];
  for (const [index, { channel, piece }] of pieces.entries()) {
    const text = channel.take(piece);
    const part = event.shares[index]?.part;
    if (text !== piece.text && part !== undefined) (replacements ??= []).push({ part, text });
  }
  if (handles.length > 0) replacements?.sort((a, b) => a.part.start - b.part.start);
  return writeSse(isNamed ? event.type : '', coarsen(replacements === undefined ? data : splice(data, replacements)));
}

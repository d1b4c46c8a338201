/** Reads and writes server-sent events (WHATWG HTML, section 9.2: server-sent events). */
import { StringDecoder } from 'node:string_decoder';

export interface SseEvent {
  /** The `event` field; empty for an unnamed event. */
  readonly name: string;
  /** The `data` lines, joined by LF. */
  readonly data: string;
}

/** An event or line that is longer than allowed. */
export class SseOverflow extends Error {
  constructor(limit: number) {
    super(`An event is longer than ${limit} characters.`);
    this.name = 'SseOverflow';
  }
}

export interface SseReader {
  /**
   * Takes the next bytes, cut anywhere, also within a character or a line end.
   * @returns the events that they complete
   * @throws SseOverflow
   */
  push(chunk: Uint8Array): SseEvent[];
  /** The event that the end of the stream cut off, if it had data. A browser drops it; here it is looked at before that is decided. */
  end(): SseEvent[];
}

interface State {
  readonly limit: number;
  /** Pieces of the line that has not ended. Joined once, so that many small chunks cost no more than one large. */
  pieces: string[];
  /** Characters in `pieces` and `data`. */
  length: number;
  name: string;
  data: string[];
  /** The last chunk ended in CR: a LF that comes next belongs to it. */
  afterCr: boolean;
  atStart: boolean;
}

const LF = 0x0a;
const BOM = 0xfeff;

/** @param limit longest event, in UTF-16 code units. Time and memory are linear in the input. */
export function createSseReader(limit: number): SseReader {
  const decoder = new StringDecoder('utf8');
  const state: State = { limit, pieces: [], length: 0, name: '', data: [], afterCr: false, atStart: true };
  return {
    push: (chunk) => readText(state, decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end: () => {
      const events = readText(state, decoder.end());
      takeLine(state, '', events);
      takeEvent(state, events);
      return events;
    },
  };
}

function readText(state: State, chunk: string): SseEvent[] {
  const events: SseEvent[] = [];
  if (chunk === '') return events;
  let from = startOfText(state, chunk);
  let cr = chunk.indexOf('\r', from);
  let lf = chunk.indexOf('\n', from);
  while (cr !== -1 || lf !== -1) {
    const isCr = cr !== -1 && (lf === -1 || cr < lf);
    const end = isCr ? cr : lf;
    takeLine(state, chunk.slice(from, end), events);
    from = isCr && lf === end + 1 ? end + 2 : end + 1;
    state.afterCr = isCr && from === chunk.length && chunk.charCodeAt(from - 1) !== LF;
    if (cr !== -1 && cr < from) cr = chunk.indexOf('\r', from);
    if (lf !== -1 && lf < from) lf = chunk.indexOf('\n', from);
  }
  if (from < chunk.length) keepPiece(state, chunk.slice(from));
  return events;
}

/** Steps over a byte order mark at the start, and over the second half of a line end that was cut in two. */
function startOfText(state: State, chunk: string): number {
  const skipped = (state.atStart && chunk.charCodeAt(0) === BOM) || (state.afterCr && chunk.charCodeAt(0) === LF);
  state.atStart = false;
  state.afterCr = false;
  return skipped ? 1 : 0;
}

function keepPiece(state: State, piece: string): void {
  state.length += piece.length;
  if (state.length > state.limit) throw new SseOverflow(state.limit);
  state.pieces.push(piece);
}

function takeLine(state: State, tail: string, events: SseEvent[]): void {
  let line = tail;
  if (state.pieces.length > 0) {
    keepPiece(state, tail);
    line = state.pieces.join('');
    state.pieces = [];
    state.length -= line.length;
  }
  if (line === '') takeEvent(state, events);
  else takeField(state, line);
}

/** A line that begins with a colon is a comment; fields other than `event` and `data` are not passed on. */
function takeField(state: State, line: string): void {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  const field = colon === -1 ? line : line.slice(0, colon);
  if (field !== 'data' && field !== 'event') return;
  const from = colon === -1 ? line.length : line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1;
  const value = line.slice(from);
  if (field === 'event') {
    state.name = value;
    return;
  }
  state.length += value.length + 1;
  if (state.length > state.limit) throw new SseOverflow(state.limit);
  state.data.push(value);
}

function takeEvent(state: State, events: SseEvent[]): void {
  if (state.data.length > 0) {
    const data = state.data.length === 1 ? (state.data[0] ?? '') : state.data.join('\n');
    events.push({ name: state.name, data });
    state.length -= data.length + 1;
    state.data = [];
  }
  state.name = '';
}

/** An event as it goes out. A line end within the data begins a further `data` line. */
export function writeSse(name: string, data: string): string {
  const lines = data.includes('\n') || data.includes('\r') ? data.split(/\r\n|\r|\n/).join('\ndata: ') : data;
  return name === '' ? `data: ${lines}\n\n` : `event: ${name}\ndata: ${lines}\n\n`;
}

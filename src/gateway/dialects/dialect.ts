/**
 * What the gateway has to know of a wire. A dialect is data and a few functions: the way of an exchange is the same for all of them,
 * and what a table does not name is inspected like any other text.
 */
import type { Api } from '../../shapes.ts';
import type { ScannedJson } from '../json/scan.ts';
import type { PlacedPart } from '../parts.ts';
import type { CompiledPaths } from './path-table.ts';

export interface WireError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What an upstream's refusal may say to the caller; anything else in it stays here. */
export interface UpstreamRefusal {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

export interface ListedModel {
  readonly id: string;
  readonly upstream: string;
}

/** What all operations of a wire share: how it says no, and how it lists models. Request ids are public ones (`exc_…`). */
export interface Dialect {
  /** The header in which its client libraries look for the id of a call. */
  readonly requestIdHeader: string;
  /** The body of a refusal. */
  errorBody(error: WireError, requestId: string): string;
  /** Reads the refusal of an upstream. @returns undefined when the body is of another shape */
  readRefusal(body: string): UpstreamRefusal | undefined;
  /** Such a refusal as it goes on to the caller. */
  refusalBody(refusal: UpstreamRefusal, requestId: string): string;
  modelBody(model: ListedModel): string;
  modelListBody(models: readonly ListedModel[]): string;
}

/** A call that goes to an upstream. */
export interface Operation {
  readonly api: Api;
  readonly requestPaths: CompiledPaths;
  readonly answerPaths: CompiledPaths;
  readonly usage: UsagePlaces;
  /** The model that is meant when the body names none; absent where it has to. */
  readonly defaultModel?: string;
  /** Absent where an answer cannot be streamed. */
  readonly stream?: StreamShape;
}

/** Where an answer, or an event of one, says how many tokens it took. */
export interface UsagePlaces {
  /** Pointers of the objects that hold the counts. */
  readonly objects: readonly string[];
  /** Members whose sum went in. */
  readonly input: readonly string[];
  readonly output: string;
}

/** How answers of an operation are streamed as server-sent events whose data is JSON. */
export interface StreamShape {
  /** Data of an event that is no JSON, holds nothing and ends the stream, e.g. `[DONE]`. */
  readonly endMark?: string;
  /** Whether events go out with their names. */
  readonly isNamed: boolean;
  /** Places of an event's data. @param type its root member `type`, empty where it has none */
  placesOf(type: string): CompiledPaths;
  look(event: ScannedJson, type: string): EventView;
  /** A refusal after the answer has begun to flow. */
  errorEvent(error: WireError, requestId: string): string;
}

/** What an event means for its stream. */
export interface EventView {
  /** The text that goes on over many events and of which a part is a piece; undefined where the part is whole in itself. */
  textOf(part: PlacedPart): TextName | undefined;
  /** Choices whose texts end with this event. */
  readonly finished: readonly string[];
  /** `complete`: it is the last one; `failed`: the last one, and the answer is not complete; `error`: there is no answer to go on with. */
  readonly state: 'goes_on' | 'complete' | 'failed' | 'error';
}

export interface TextName {
  /** The same in each event that carries some of the text. */
  readonly text: string;
  /** The choice, item or block that it belongs to; empty when none. Within one, texts follow each other. */
  readonly choice: string;
}

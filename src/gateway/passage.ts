/** One exchange on its way: what is known of it so far. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Masker } from '#protection/index.ts';
import type { Attempt, ClosedRecord, Decision, Exchange, Finding, OpenedRecord, Part, Payload, Principal, StepTimes, Versions } from '../shapes.ts';
import { pathOf, type Route } from './route-table.ts';
import type { Operation } from './dialects/dialect.ts';
import type { TokenCounts } from './dialects/read-event.ts';
import type { Meter } from './limits/meter.ts';
import type { PlacedPart } from './parts.ts';
import type { StoredObjects } from './stored-objects.ts';
import type { Destination } from './upstreams/directory.ts';

export type Step = keyof StepTimes;
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The exchange as far as its body tells. */
export interface ReadRequest extends Pick<Exchange, 'body' | 'model' | 'stream'> {
  readonly operation: Operation;
  readonly bytes: Buffer;
  readonly parts: readonly PlacedPart[];
  /** The part that names the model; absent where the dialect has a default. */
  readonly modelPart: Part | undefined;
  /** Most tokens that the answer may have; undefined when the caller did not say. */
  readonly outputTokensMax: number | undefined;
}

export interface Passage {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without its query, which may hold a key. */
  path: string;
  /** The caller's own id of the call, when it sent one that may be recorded. */
  clientRequestId: string | undefined;
  readonly times: Writable<StepTimes>;
  /** `performance.now()` at the start and at the end of the last step. */
  readonly begun: number;
  lapped: number;
  versions: Versions | undefined;
  principal: Principal | undefined;
  read: ReadRequest | undefined;
  /** Upstreams that serve the model and were not tried yet, in the order to try. */
  ways: Destination[];
  /** The upstream that it goes to, or that answered. */
  destination: Destination | undefined;
  /** Upstreams that were tried or passed over; empty where the first one answered. */
  attempts: Attempt[];
  /** What the request names of what an upstream stores. */
  stored: StoredObjects | undefined;
  findings: Finding[];
  /** How often a finding of the answer's stream came again, so that a long stream is not a long list. */
  readonly repeats: Map<Finding, number>;
  answerParts: readonly Pick<Part, 'role' | 'trust'>[];
  /** What is in the bodies and could not be read. */
  uninspected: { request: ReadonlySet<Payload>; answer: ReadonlySet<Payload> };
  /** Of the request, and of the answer as far as it was judged. */
  decisions: { request: Decision | undefined; answer: Decision | undefined };
  masker: Masker | undefined;
  masked: number;
  restored: () => number;
  usage: TokenCounts | undefined;
  /** The limits that bind it. */
  meter: Meter | undefined;
  /** The upstream took the call on, so that it will be billed. */
  isTaken: boolean;
  cost: ClosedRecord['cost'];
  bytes: { request: number; answer: number };
  isRefused: boolean;
  /** The caller went away. */
  isAborted: boolean;
  /** What is to be broken off when the caller goes away. */
  onAbort: (() => void) | undefined;
  /** Written before it was dispatched. */
  opened: OpenedRecord | undefined;
  isClosed: boolean;
}

export interface PassageStart {
  readonly id: string;
  readonly receivedAt: number;
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const NO_PAYLOADS: ReadonlySet<Payload> = new Set();

export function startPassage(start: PassageStart): Passage {
  const begun = performance.now();
  return {
    ...start,
    path: pathOf(start.request),
    clientRequestId: undefined,
    times: {},
    begun,
    lapped: begun,
    versions: undefined,
    principal: undefined,
    read: undefined,
    ways: [],
    destination: undefined,
    attempts: [],
    stored: undefined,
    findings: [],
    repeats: new Map(),
    answerParts: [],
    uninspected: { request: NO_PAYLOADS, answer: NO_PAYLOADS },
    decisions: { request: undefined, answer: undefined },
    masker: undefined,
    masked: 0,
    restored: () => 0,
    usage: undefined,
    meter: undefined,
    isTaken: false,
    cost: undefined,
    bytes: { request: 0, answer: 0 },
    isRefused: false,
    isAborted: false,
    onAbort: undefined,
    opened: undefined,
    isClosed: false,
  };
}

/** Ends a step: the time since the last one goes to it. */
export function lap(passage: Passage, step: Step): void {
  const now = performance.now();
  passage.times[step] = Math.round((now - passage.lapped) * 1000);
  passage.lapped = now;
}

/** One exchange on its way: what is known of it so far, from which its records are written. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Inspector } from '#inspection/index.ts';
import type { Masker } from '#protection/index.ts';
import type { ClosedRecord, Decision, Finding, FindingCount, OpenedRecord, Outcome, Part, Principal, Role, StepTimes, Versions } from '../shapes.ts';
import { pathOf, type Route } from './routes.ts';
import type { Usage } from './dialects/openai-stream.ts';
import type { PlacedPart } from './parts.ts';
import type { Destination } from './upstreams/directory.ts';

export type Step = keyof StepTimes;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What the body asked for. */
export interface ReadRequest {
  readonly body: string;
  readonly bytes: Buffer;
  readonly parts: readonly PlacedPart[];
  readonly model: string;
  /** The part that names the model. */
  readonly modelPart: Part;
  readonly stream: boolean;
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
  readonly times: Writable<StepTimes>;
  /** `performance.now()` at the start and at the end of the last step. */
  readonly begun: number;
  lapped: number;
  versions: Versions | undefined;
  principal: Principal | undefined;
  read: ReadRequest | undefined;
  destination: Destination | undefined;
  findings: Finding[];
  /** How often a finding of the answer's stream came again, so that a long stream is not a long list. */
  readonly repeats: Map<Finding, number>;
  answerParts: readonly Pick<Part, 'role' | 'trust'>[];
  /** Of the request, and of the answer as far as it was judged. */
  decisions: { request: Decision | undefined; answer: Decision | undefined };
  masker: Masker | undefined;
  masked: number;
  restored: () => number;
  usage: Usage | undefined;
  bytes: { request: number; answer: number };
  /** The caller went away. */
  isAborted: boolean;
  /** What is to be broken off when the caller goes away. */
  onAbort: (() => void) | undefined;
  isOpened: boolean;
  isClosed: boolean;
}

export interface PassageStart {
  readonly id: string;
  readonly receivedAt: number;
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export function startPassage(start: PassageStart): Passage {
  const begun = performance.now();
  return {
    ...start,
    path: pathOf(start.request),
    times: {},
    begun,
    lapped: begun,
    versions: undefined,
    principal: undefined,
    read: undefined,
    destination: undefined,
    findings: [],
    repeats: new Map(),
    answerParts: [],
    decisions: { request: undefined, answer: undefined },
    masker: undefined,
    masked: 0,
    restored: () => 0,
    usage: undefined,
    bytes: { request: 0, answer: 0 },
    isAborted: false,
    onAbort: undefined,
    isOpened: false,
    isClosed: false,
  };
}

/** Ends a step: the time since the last one goes to it. */
export function lap(passage: Passage, step: Step): void {
  const now = performance.now();
  passage.times[step] = Math.round((now - passage.lapped) * 1000);
  passage.lapped = now;
}

const PATH_MAX = 200;
const CLIENT_ID = /^[\x21-\x7e]{1,128}$/;

function commonOf(passage: Passage, at: number) {
  const { principal, read, destination, request } = passage;
  const clientRequestId = request.headers['x-client-request-id'] ?? request.headers['x-request-id'];
  return {
    v: 1 as const,
    exchange: passage.id,
    at: new Date(at).toISOString(),
    api: passage.route.api,
    method: request.method ?? '',
    path: passage.path.slice(0, PATH_MAX),
    ...(principal ?? {}),
    ...(read === undefined ? {} : { model: modelOf(passage, read), stream: read.stream }),
    ...(destination === undefined ? {} : { upstream: destination.upstream.entry.name }),
    ...(typeof clientRequestId === 'string' && CLIENT_ID.test(clientRequestId) ? { clientRequestId } : {}),
  };
}

/** A longer name names no model. */
const MODEL_MAX = 200;
const WITHHELD = '[withheld]';

/** A name in which something was found is not recorded: what was found never is. */
const modelOf = ({ findings }: Passage, { model, modelPart }: ReadRequest): string =>
  findings.some(({ direction, part }) => direction === 'request' && part === modelPart.index) ? WITHHELD : model.slice(0, MODEL_MAX);

/** Keeps out of records what somebody put into the path of an unknown route. */
export function withholdPath(passage: Passage, inspector: Inspector): void {
  if (passage.path.length > PATH_MAX || inspector.inspect(passage.path).length > 0) passage.path = WITHHELD;
}

export const openedRecord = (passage: Passage): OpenedRecord => ({ ...commonOf(passage, passage.receivedAt), phase: 'opened' });

export interface Closing {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcome: Outcome;
  readonly status: number;
  readonly error?: string | undefined;
  readonly suppressed?: number | undefined;
}

const NO_VERSIONS: Versions = { software: '', snapshotSerial: 0, policies: '', detectors: '' };

export function closedRecord(passage: Passage, { at, outcome, status, error, suppressed }: Closing): ClosedRecord {
  const { request, answer } = passage.decisions;
  const decided = [request, answer].filter((decision) => decision !== undefined);
  const observed = decided.flatMap((decision) => decision.observed ?? []);
  const isOurs = outcome === 'refused' && !decided.some(({ effect }) => effect === 'deny' || effect === 'hold');
  return {
    ...commonOf(passage, at),
    phase: 'closed',
    receivedAt: new Date(passage.receivedAt).toISOString(),
    outcome,
    status,
    effect: effectOf(decided, outcome),
    reasons: [...decided.flatMap((decision) => decision.reasons), ...(isOurs ? [{ code: error ?? 'refused', message: 'The gateway refused the call.' }] : [])],
    obligations: [...new Set(decided.flatMap((decision) => decision.obligations.map(({ type }) => type)))],
    ...(observed.length === 0 ? {} : { observed: { effect: strictest(observed), reasons: observed.flatMap(({ reasons }) => reasons) } }),
    findings: countFindings(passage),
    masked: passage.masked,
    restored: passage.restored(),
    ...(passage.usage === undefined ? {} : { usage: passage.usage }),
    bytes: { ...passage.bytes },
    times: { ...passage.times, total: Math.round((performance.now() - passage.begun) * 1000) },
    versions: passage.versions ?? NO_VERSIONS,
    ...(error === undefined ? {} : { error }),
    ...(suppressed === undefined || suppressed === 0 ? {} : { suppressed }),
  };
}

const STRICTNESS = ['permit', 'transform', 'hold', 'deny'] as const;

const strictest = (decisions: readonly Pick<Decision, 'effect'>[]): Decision['effect'] =>
  STRICTNESS[Math.max(0, ...decisions.map(({ effect }) => STRICTNESS.indexOf(effect)))] ?? 'deny';

/** What was refused though no policy refused it was refused by the gateway itself. */
function effectOf(decisions: readonly Decision[], outcome: Outcome): Decision['effect'] {
  const effect = strictest(decisions);
  return outcome === 'refused' && effect !== 'hold' ? 'deny' : effect;
}

function countFindings(passage: Passage): FindingCount[] {
  if (passage.findings.length === 0) return [];
  const counts = new Map<string, Writable<FindingCount> & { roles: Role[] }>();
  for (const finding of passage.findings) {
    const { direction, detector, kind, label, part, confidence } = finding;
    const times = 1 + (passage.repeats.get(finding) ?? 0);
    const role = (direction === 'request' ? passage.read?.parts : passage.answerParts)?.[part]?.role ?? 'unknown';
    const key = `${direction} ${detector}`;
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { direction, detector, kind, label, count: times, confidence, roles: [role] });
    else {
      count.count += times;
      count.confidence = Math.max(count.confidence, confidence);
      if (!count.roles.includes(role)) count.roles.push(role);
    }
  }
  return [...counts.values()];
}

/** The records of an exchange. */
import type { Inspector } from '#inspection/index.ts';
import type { ClosedRecord, Decision, Effect, FindingCount, OpenedRecord, Outcome, Payload, Reason, Role, Versions } from '../shapes.ts';
import type { Passage, ReadRequest, Writable } from './passage.ts';

const PATH_MAX = 200;
/** Upstreams that a record names. */
const TRIES_MAX = 64;
const CLIENT_ID = /^[\x21-\x7e]{1,128}$/;

/** Members that opened and closed records share. Written without spreads: each exchange comes through here twice. */
function commonOf(passage: Passage): Omit<Writable<OpenedRecord>, 'phase'> {
  const { principal, read, destination, request } = passage;
  const common: Omit<Writable<OpenedRecord>, 'phase'> = {
    v: 1,
    exchange: passage.id,
    at: new Date(passage.receivedAt).toISOString(),
    api: passage.route.api,
    method: request.method ?? '',
    path: passage.path.slice(0, PATH_MAX),
  };
  if (principal !== undefined) {
    common.keyId = principal.keyId;
    common.keyName = principal.keyName;
    common.applicationId = principal.applicationId;
    common.applicationName = principal.applicationName;
    common.purpose = principal.purpose;
  }
  if (read !== undefined) {
    common.model = modelOf(passage, read);
    common.stream = read.stream;
  }
  if (destination !== undefined) common.upstream = destination.upstream.entry.name;
  if (passage.clientRequestId !== undefined) common.clientRequestId = passage.clientRequestId;
  return common;
}

/** A longer name names no model. */
const MODEL_MAX = 200;
const WITHHELD = '[withheld]';

/** A name in which something was found is not recorded: what was found never is. */
const modelOf = ({ findings }: Passage, { model, modelPart }: ReadRequest): string =>
  findings.some(({ direction, part }) => direction === 'request' && part === modelPart?.index) ? WITHHELD : model.slice(0, MODEL_MAX);

/** Takes over what a caller may write into a record at will, its path and its own request id, unless something is found in them. */
export function takeCallersWords(passage: Passage, inspector: Inspector): void {
  const { route, request } = passage;
  if (route.path !== passage.path && (passage.path.length > PATH_MAX || inspector.inspect(passage.path).length > 0)) passage.path = WITHHELD;
  const id = request.headers['x-client-request-id'] ?? request.headers['x-request-id'];
  if (typeof id === 'string' && CLIENT_ID.test(id) && inspector.inspect(id).length === 0) passage.clientRequestId = id;
}

export function openedRecord(passage: Passage): OpenedRecord {
  const { ways } = passage;
  const opened: OpenedRecord = { ...commonOf(passage), phase: 'opened', ...(ways.length === 0 ? {} : { fallbacks: ways.slice(0, TRIES_MAX).map(({ upstream }) => upstream.entry.name) }) };
  passage.opened = opened;
  return opened;
}

const NOTHING: readonly Payload[] = [];

/** What is in the bodies of an exchange, as far as they were seen, that could not be read. */
export const uninspectedOf = ({ uninspected: { request, answer } }: Passage): readonly Payload[] =>
  request.size + answer.size === 0 ? NOTHING : [...new Set([...request, ...answer])];

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
  const { opened, usage, cost, decisions } = passage;
  const decided = decisionsOf(decisions);
  const observed = decided.flatMap((decision) => decision.observed ?? []);
  const common = opened ?? commonOf(passage);
  const closed: Writable<ClosedRecord> = {
    ...common,
    at: new Date(at).toISOString(),
    phase: 'closed',
    receivedAt: common.at,
    outcome,
    status,
    effect: effectOf(decided, outcome === 'refused'),
    reasons: reasonsOf(decided, outcome, error),
    obligations: [...new Set(decided.flatMap((decision) => decision.obligations.map(({ type }) => type)))],
    findings: countFindings(passage),
    masked: passage.masked,
    restored: passage.restored(),
    bytes: passage.bytes,
    times: passage.times,
    versions: passage.versions ?? NO_VERSIONS,
  };
  passage.times.total = Math.round((performance.now() - passage.begun) * 1000);
  if (observed.length > 0) closed.observed = { effect: strictest(observed), reasons: observed.flatMap(({ reasons }) => reasons) };
  const uninspected = uninspectedOf(passage);
  if (uninspected.length > 0) closed.uninspected = uninspected;
  if (cost !== undefined) closed.cost = cost;
  if (usage !== undefined) closed.usage = { inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 };
  if (passage.attempts.length > 1) {
    closed.attempts = passage.attempts.slice(0, TRIES_MAX);
    if (passage.destination !== undefined) closed.upstream = passage.destination.upstream.entry.name;
  }
  if (error !== undefined) closed.error = error;
  if (suppressed !== undefined && suppressed > 0) closed.suppressed = suppressed;
  return closed;
}

/** Those that have something to say: a permit without reasons and obligations does not. */
function decisionsOf({ request, answer }: Passage['decisions']): readonly Decision[] {
  return [request, answer].filter((decision) => decision !== undefined && (decision.effect !== 'permit' || decision.reasons.length > 0 || decision.observed !== undefined)) as Decision[];
}

/** With what the gateway itself refused for, when no policy did. */
function reasonsOf(decisions: readonly Decision[], outcome: Outcome, error: string | undefined): readonly Reason[] {
  const reasons = decisions.flatMap((decision) => decision.reasons);
  const isOurs = outcome === 'refused' && !decisions.some(({ effect }) => effect === 'deny' || effect === 'hold');
  return isOurs ? [...reasons, { code: error ?? 'refused', message: 'The gateway refused the call.' }] : reasons;
}

const STRICTNESS = ['permit', 'transform', 'hold', 'deny'] as const;

const strictest = (decisions: readonly Pick<Decision, 'effect'>[]): Effect =>
  STRICTNESS[Math.max(0, ...decisions.map(({ effect }) => STRICTNESS.indexOf(effect)))] ?? 'deny';

/** What the decisions come to. What was refused though no policy refused it was refused by the gateway itself. */
export function effectOf(decisions: readonly (Decision | undefined)[], isRefused: boolean): Effect {
  const effect = strictest(decisions.filter((decision) => decision !== undefined));
  return isRefused && effect !== 'hold' ? 'deny' : effect;
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

/**
 * The shapes that the whole house is built on (docs/decisions/0001-shapes.md).
 * Types only: this file imports nothing and holds no code, so that every module may name these shapes
 * without depending on another module. A change of a stored or sent shape needs a new version beside the old.
 *
 * Ids here are plain UUIDv7 strings; the API adds a prefix (`app_…`, `exc_…`) at its edge.
 * Times are ISO 8601 in UTC with milliseconds unless a name ends in a unit.
 */

// ---------------------------------------------------------------- what a caller sends

/** How far the words of a part may be believed: who could have written them. */
export type Trust = 'operator' | 'user' | 'tool' | 'document' | 'model' | 'untrusted';

/** What a part is in the dialect that carried it. `unknown` stands for a path that the dialect's table does not name. */
export type Role =
  | 'system' | 'user' | 'assistant' | 'tool_result' | 'tool_definition' | 'tool_arguments'
  | 'reasoning' | 'document' | 'parameter' | 'unknown';

/** Which way a text goes: to the model (`request`) or from it (`answer`). */
export type Direction = 'request' | 'answer';

/** One string leaf or one object key of a body. Every one of them is a part: what is not named is still inspected. */
export interface Part {
  /** Position in `Exchange.parts`. */
  readonly index: number;
  /** RFC 6901 JSON pointer of the leaf; for a key, of the member that it names. */
  readonly path: string;
  readonly kind: 'value' | 'key';
  readonly role: Role;
  readonly trust: Trust;
  /** The decoded string. */
  readonly text: string;
  /** Where the JSON string literal, quotes included, stands in the body's text (UTF-16 offsets). */
  readonly start: number;
  readonly end: number;
}

/** The wire that carried an exchange; a dialect owns one or more of them. */
export type Api =
  | 'openai.chat_completions' | 'openai.responses' | 'openai.completions' | 'openai.embeddings' | 'openai.moderations' | 'openai.models'
  | 'anthropic.messages' | 'anthropic.count_tokens' | 'anthropic.models'
  | 'unclassified';

/** What is in a body and cannot be read by detectors. `tokens`: ids of tokens instead of text; `vector`: an embedding. */
export type Payload = 'image' | 'audio' | 'file' | 'tokens' | 'encrypted' | 'vector';

/** Who calls, for what. Computed at identify, never taken from the body. */
export interface Principal {
  readonly keyId: string;
  readonly keyName: string;
  readonly applicationId: string;
  readonly applicationName: string;
  readonly purpose: string;
}

/** One call on its way through the gateway, after it was read. */
export interface Exchange {
  readonly id: string;
  readonly receivedAt: string;
  readonly api: Api;
  readonly principal: Principal;
  /** The model as the caller named it. */
  readonly model: string;
  readonly stream: boolean;
  /** The body as the caller sent it. An untransformed exchange forwards exactly this. */
  readonly body: string;
  readonly parts: readonly Part[];
}

// ---------------------------------------------------------------- what is found and decided

/** The class of a finding, on which policy decides. */
export type Label = 'personal_data' | 'secret';

/** One hit of a detector in one part. It carries where, never what: the matched text is not a member. */
export interface Finding {
  /** `Part.index` in its direction. */
  readonly part: number;
  readonly direction: Direction;
  /** `<room>/<recogniser>`, e.g. `sensitive/email_address`. */
  readonly detector: string;
  /** e.g. `email_address`, `payment_card`, `github_token`. */
  readonly kind: string;
  readonly label: Label;
  /** UTF-16 offsets in the part's text. */
  readonly start: number;
  readonly end: number;
  /** 0..1 */
  readonly confidence: number;
}

/** How far a policy is in force: recorded only, for a share of exchanges, or for all. */
export type PolicyMode = 'observe' | 'share' | 'enforce';

export type Effect = 'permit' | 'transform' | 'hold' | 'deny';

/** Why a decision came out so. `message` is safe to show to the caller. */
export interface Reason {
  /** Machine word, e.g. `secret_detected`, `policy_error`. */
  readonly code: string;
  /** Name of the policy that gave it; absent when the gateway itself refused. */
  readonly policy?: string;
  readonly message: string;
}

/** What must be done to an exchange that may pass. */
export type Obligation =
  /** Findings of these labels are to be replaced. */
  | { readonly type: 'mask'; readonly labels: readonly Label[]; readonly policy: string }
  /** The answer is to say less: see `Coarsening`. */
  | { readonly type: Coarsening; readonly policy: string };

/** What makes an answer of less use to who would copy or probe a model: no log probabilities, scores to one decimal. */
export type Coarsening = 'strip_logprobs' | 'round_scores';

export interface Decision {
  readonly effect: Effect;
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
  /** What the policies that only observe would have decided besides; absent when they add nothing. */
  readonly observed?: { readonly effect: Effect; readonly reasons: readonly Reason[]; readonly obligations: readonly Obligation[] };
}

// ---------------------------------------------------------------- what is recorded

/** How an exchange ended. `interrupted`: opened, and its gateway died before it closed. */
export type Outcome = 'answered' | 'refused' | 'failed' | 'aborted' | 'interrupted';

/** Findings of one kind in one direction, counted. */
export interface FindingCount {
  readonly direction: Direction;
  readonly detector: string;
  readonly kind: string;
  readonly label: Label;
  readonly count: number;
  /** Highest confidence among them. */
  readonly confidence: number;
  /** Roles of the parts in which they stood. */
  readonly roles: readonly Role[];
}

/** What produced a decision, so that it can be replayed. Digests are `sha256:` and lower-case hex. */
export interface Versions {
  readonly software: string;
  readonly snapshotSerial: number;
  readonly policies: string;
  readonly detectors: string;
}

/** Microseconds spent in each step of the way of an exchange; a step that was not reached is absent. */
export interface StepTimes {
  readonly identify?: number;
  readonly admit?: number;
  readonly read?: number;
  readonly inspect?: number;
  readonly decide?: number;
  readonly transform?: number;
  /** From dispatch to the first byte of the answer. */
  readonly dispatch?: number;
  /** From the first byte of the answer to its last. */
  readonly answer?: number;
  readonly total?: number;
}

interface ExchangeRecordCommon {
  readonly v: 1;
  readonly exchange: string;
  readonly at: string;
  readonly api: Api;
  readonly method: string;
  /** The path as classified, without query; at most 200 characters. */
  readonly path: string;
  /** Absent when nobody could be identified. */
  readonly keyId?: string;
  readonly keyName?: string;
  readonly applicationId?: string;
  readonly applicationName?: string;
  readonly purpose?: string;
  readonly model?: string;
  readonly upstream?: string;
  /** Names of the upstreams to which it could go too, should `upstream` fail. */
  readonly fallbacks?: readonly string[];
  readonly stream?: boolean;
  /** The caller's own request id, if it sent one; at most 128 printable characters. */
  readonly clientRequestId?: string;
}

/** Written to the spool before the exchange is dispatched. */
export interface OpenedRecord extends ExchangeRecordCommon {
  readonly phase: 'opened';
}

/** One try to have an exchange answered. */
export interface Attempt {
  /** Name of the upstream. */
  readonly upstream: string;
  /** `answered`, or why not, e.g. `upstream_unreachable`, `upstream_status_503`, `not_permitted` (policy did not let it go there). */
  readonly code: string;
  /** From dispatch to the head of the answer or the failure. */
  readonly ms: number;
}

/** Written before the last byte of the answer. Repeats what was opened, so that it stands alone. */
export interface ClosedRecord extends ExchangeRecordCommon {
  readonly phase: 'closed';
  /** When the exchange was received. `at` is when it closed. */
  readonly receivedAt: string;
  readonly outcome: Outcome;
  /** HTTP status that the caller saw; 0 when none was sent. */
  readonly status: number;
  readonly effect: Effect;
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation['type'][];
  readonly observed?: { readonly effect: Effect; readonly reasons: readonly Reason[] };
  readonly findings: readonly FindingCount[];
  /** Values replaced on the way out, and placeholders restored on the way back. */
  readonly masked: number;
  readonly restored: number;
  /** What passed, or was refused, without having been read; absent when all of it was. */
  readonly uninspected?: readonly Payload[];
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  /** By the price table; `estimated` where the upstream did not say how many tokens it used. */
  readonly cost?: { readonly microUnits: number; readonly currency: string; readonly estimated?: true };
  readonly bytes: { readonly request: number; readonly answer: number };
  readonly times: StepTimes;
  readonly versions: Versions;
  /** Every try in its order, and what was passed over; absent where there was one upstream and one try. */
  readonly attempts?: readonly Attempt[];
  /** What went wrong upstream, as a code, e.g. `upstream_unreachable`. */
  readonly error?: string;
  /** Refusals of unidentified callers that were counted instead of recorded since the last record. */
  readonly suppressed?: number;
}

export type ExchangeRecord = OpenedRecord | ClosedRecord;

/**
 * The first line of a batch: what a run of consecutive records of one spool is, and the gateway's word for it.
 * The records follow as the lines that stand in the spool, `<sequence> <record JSON>\n` each.
 */
export interface RecordBatch {
  readonly format: 1;
  readonly gateway: string;
  /** UUIDv7, new for each opening of a spool. */
  readonly epoch: string;
  /** Sequence of the first record; sequences of an epoch start at 1. */
  readonly first: number;
  /** How many records follow; 0 only where `final` says that nothing more will. */
  readonly count: number;
  /** True on the last batch of an epoch that will not go on. */
  readonly final: boolean;
  /** `sha256:` and lower-case hex, over the bytes of the lines that follow. */
  readonly digest: string;
  /** Ed25519 over the UTF-8 of RFC 8785 JSON of all the other members, base64url. */
  readonly signature: string;
}

// ---------------------------------------------------------------- what control sends down

export type SectionName = 'keys' | 'applications' | 'policies' | 'upstreams' | 'detectors' | 'limits' | 'credentials';

/** Signed with control's Ed25519 key over the UTF-8 of its RFC 8785 JSON. */
export interface SnapshotManifest {
  readonly format: 1;
  readonly installation: string;
  /** The gateway for which the credentials section is sealed. */
  readonly gateway: string;
  /** Grows with every change of configuration and never falls. */
  readonly serial: number;
  readonly issuedAt: string;
  readonly maxAgeSeconds: number;
  readonly sections: Readonly<Record<SectionName, { readonly digest: string; readonly bytes: number }>>;
}

export interface SignedManifest {
  /** The manifest's JSON as signed. */
  readonly manifest: string;
  readonly signature: string;
}

export interface KeyEntry {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key, lower-case hex. */
  readonly hash: string;
  readonly applicationId: string;
  readonly expiresAt: string | null;
}

export interface ApplicationEntry {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly purpose: string;
}

export interface PolicyEntry {
  readonly id: string;
  readonly name: string;
  /** Cedar source; one or more statements, each with an `@id`. */
  readonly cedar: string;
  readonly mode: PolicyMode;
  /** Share of exchanges for which it is enforced, 0..100; counts only in mode `share`. */
  readonly sharePercent: number;
}

export interface UpstreamEntry {
  readonly id: string;
  readonly name: string;
  readonly kind: 'sandbox' | 'openai' | 'azure-openai' | 'anthropic' | 'mistral' | 'openai-compatible';
  /** Without trailing slash, including `/v1` where the provider has it; empty for the sandbox. */
  readonly baseUrl: string;
  /** A dated version of the provider's API, e.g. `2024-10-21`; absent for the one that its base URL names. */
  readonly apiVersion?: string;
  readonly models: readonly string[];
  /** Where several upstreams serve a model: the lowest priority goes first. 0 when absent. */
  readonly priority?: number;
  /** Share of the calls among those of one priority. 1 when absent. */
  readonly weight?: number;
  /** How often a call that fails before its answer begins is sent in all. 1 when absent. */
  readonly attempts?: number;
  /** Calls at a time. 500 when absent. */
  readonly maxInFlight?: number;
  /** Whether it may stand on a private or loopback address. */
  readonly allowPrivate: boolean;
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly idleMs: number; readonly totalMs: number };
}

export interface DetectorsSection {
  /** Recogniser kinds that are switched off. */
  readonly disabled: readonly string[];
}

/** Bounds what is spent: by one key, one application, or everyone. Person and unit follow when callers are known by them. */
export interface LimitEntry {
  readonly id: string;
  readonly name: string;
  readonly scope: 'key' | 'application' | 'installation';
  /** Id of the key or application; null binds each of them by itself (for the installation: the one that there is). */
  readonly subject: string | null;
  readonly measure: 'requests' | 'tokens' | 'money' | 'concurrency';
  /** Requests, tokens, micro-units of `currency`, or calls at a time. */
  readonly amount: number;
  /** Second to hour: a rate. Day and month (UTC): a budget. Null for concurrency alone. */
  readonly period: 'second' | 'minute' | 'hour' | 'day' | 'month' | null;
  /** Set for money alone, ISO 4217. */
  readonly currency: string | null;
  /** What becomes of a call whose price is not known where money is limited. */
  readonly unknownPrice: 'refuse' | 'allow';
}

/** Micro-units of a currency for a million tokens, as listed by the provider. */
export interface PriceEntry {
  /** As the upstream names it; `*` at the end stands for any end. */
  readonly model: string;
  readonly currency: string;
  readonly input: number;
  readonly output: number;
}

export interface LimitsSection {
  readonly limits: readonly LimitEntry[];
  readonly prices: readonly PriceEntry[];
}

/** Each value sealed to the gateway's X25519 key; opened only by the code that dials out or masks. */
export interface CredentialsSection {
  /** Upstream id → sealed credential. */
  readonly upstreams: Readonly<Record<string, string>>;
  /** Sealed 32-byte key from which placeholders are derived. */
  readonly maskingKey: string;
}

export interface SnapshotSections {
  readonly keys: readonly KeyEntry[];
  readonly applications: readonly ApplicationEntry[];
  readonly policies: readonly PolicyEntry[];
  readonly upstreams: readonly UpstreamEntry[];
  readonly detectors: DetectorsSection;
  readonly limits: LimitsSection;
  readonly credentials: CredentialsSection;
}

/** A snapshot as the gateway uses it: verified, fresh or not, with its parts decoded. */
export interface Snapshot {
  readonly manifest: SnapshotManifest;
  readonly sections: SnapshotSections;
}

/** What the control plane's API answers (docs/openapi.json). Ids carry their prefix; times are ISO 8601 in UTC. */

export type Direction = 'request' | 'answer';
export type Effect = 'permit' | 'transform' | 'hold' | 'deny';
export type Outcome = 'answered' | 'refused' | 'failed' | 'aborted' | 'interrupted';
export type PolicyMode = 'observe' | 'share' | 'enforce';
export type HealthState = 'healthy' | 'failing' | 'unknown';
export type OverviewWindow = '1h' | '24h' | '7d';

export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string | null;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

export interface Session {
  readonly person: Person;
  readonly csrf: string;
}

export interface Health {
  readonly state: HealthState;
  readonly since?: string | null;
  readonly error?: string | null;
}

export interface GatewayStatus {
  readonly id: string;
  readonly name: string;
  readonly connected: boolean;
  readonly lastSeenAt?: string | null;
  readonly serial?: number | null;
  readonly spoolBytes?: number | null;
  readonly records: { readonly acknowledged: number; readonly gaps: number };
}

export interface Status {
  readonly version: string;
  readonly installation: string;
  /** Address that clients call, without `/v1`. */
  readonly gatewayUrl?: string | null;
  readonly database: { readonly engine: string; readonly ok: boolean };
  readonly snapshotSerial: number;
  readonly gateways: readonly GatewayStatus[];
  readonly upstreams: readonly ({ readonly id: string; readonly name: string } & Health)[];
}

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly purpose: string;
  readonly createdAt: string;
  readonly keys: { readonly active: number };
  readonly lastExchangeAt?: string | null;
}

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly applicationId: string;
  readonly applicationName: string;
  readonly lastFour: string;
  readonly createdAt: string;
  readonly createdBy?: string | null;
  readonly expiresAt?: string | null;
  readonly revokedAt?: string | null;
  readonly lastUsedAt?: string | null;
}

export interface CreatedKey extends Key {
  /** Shown once; the server keeps only its hash. */
  readonly secret: string;
}

export interface Upstream {
  readonly id: string;
  readonly name: string;
  readonly kind: 'sandbox' | 'openai-compatible';
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly allowPrivate: boolean;
  readonly hasCredential: boolean;
  readonly credentialLastFour?: string | null;
  readonly source: 'api' | 'environment' | 'built-in';
  readonly createdAt?: string | null;
  readonly health: Health;
}

export interface UpstreamDraft {
  readonly name: string;
  readonly kind: 'openai-compatible';
  readonly baseUrl: string;
  /** Absent on an edit: the stored one stays. */
  readonly apiKey?: string;
  readonly models: readonly string[];
  readonly allowPrivate: boolean;
}

export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly description?: string | null;
  readonly cedar: string;
  readonly mode: PolicyMode;
  readonly sharePercent: number;
  readonly builtIn: boolean;
  readonly updatedAt: string;
}

export interface PolicyDraft {
  readonly name: string;
  readonly cedar: string;
  readonly mode: PolicyMode;
  readonly sharePercent: number;
}

export interface PolicyValidation {
  readonly ok: boolean;
  readonly errors: readonly { readonly message: string; readonly line?: number | null; readonly column?: number | null }[];
}

export interface Reason {
  readonly code: string;
  readonly policy?: string;
  readonly message: string;
}

export interface FindingSummary {
  readonly direction: Direction;
  readonly kind: string;
  readonly label: string;
  readonly count: number;
}

export interface FindingDetail extends FindingSummary {
  readonly detector: string;
  readonly confidence: number;
  readonly roles: readonly string[];
}

export interface ExchangeSummary {
  readonly id: string;
  readonly receivedAt: string;
  readonly closedAt?: string | null;
  readonly state: 'open' | 'closed';
  readonly api: string;
  readonly application?: { readonly id: string; readonly name: string } | null;
  readonly key?: { readonly id: string; readonly name: string } | null;
  readonly model?: string | null;
  readonly upstream?: string | null;
  readonly stream: boolean;
  readonly outcome?: Outcome | null;
  readonly status?: number | null;
  readonly effect?: Effect | null;
  readonly reasons: readonly Reason[];
  readonly findings: readonly FindingSummary[];
  readonly totalMicros?: number | null;
  readonly masked: number;
  readonly restored: number;
}

export type TimedStep = 'identify' | 'admit' | 'read' | 'inspect' | 'decide' | 'transform' | 'dispatch' | 'answer';

export interface ExchangeDetail extends Omit<ExchangeSummary, 'findings'> {
  readonly findings: readonly FindingDetail[];
  readonly gateway: { readonly id: string; readonly name: string };
  readonly epoch: string;
  readonly sequence: { readonly opened?: number | null; readonly closed?: number | null };
  readonly purpose?: string;
  readonly method: string;
  readonly path: string;
  readonly clientRequestId?: string | null;
  /** Microseconds by step. Empty while the exchange is open. */
  readonly times: Partial<Record<TimedStep | 'total', number>>;
  readonly versions?: { readonly software: string; readonly snapshotSerial: number; readonly policies: string; readonly detectors: string } | null;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number } | null;
  readonly bytes?: { readonly request: number; readonly answer: number } | null;
  readonly obligations: readonly string[];
  readonly observed?: { readonly effect: Effect; readonly reasons: readonly Reason[] } | null;
  readonly error?: string | null;
  readonly openedEpoch?: string;
  /** Refusals of unidentified callers that were counted instead of recorded since the record before. */
  readonly suppressed?: number;
}

export interface ExchangeFilters {
  readonly application?: string;
  readonly effect?: Effect;
  readonly outcome?: Outcome;
  readonly model?: string;
  readonly kind?: string;
  readonly upstream?: string;
  readonly from?: string;
  readonly to?: string;
}

export interface Overview {
  readonly from: string;
  readonly to: string;
  readonly stepSeconds: number;
  readonly denominators: { readonly exchanges: number };
  readonly totals: Readonly<Record<'exchanges' | 'answered' | 'refused' | 'failed' | 'aborted' | 'interrupted' | 'transformed' | 'masked' | 'findings', number>>;
  readonly series: readonly {
    readonly at: string;
    readonly answered: number;
    readonly refused: number;
    readonly failed: number;
    readonly transformed: number;
    readonly p50Micros?: number | null;
    readonly p99Micros?: number | null;
  }[];
  readonly findings: readonly { readonly kind: string; readonly label: string; readonly total: number; readonly series: readonly { readonly at: string; readonly count: number }[] }[];
  readonly applications: readonly { readonly id: string; readonly name: string; readonly exchanges: number; readonly refused: number }[];
  readonly latency: Readonly<Record<'p50Micros' | 'p99Micros' | 'addedP50Micros' | 'addedP99Micros', number | null>>;
}

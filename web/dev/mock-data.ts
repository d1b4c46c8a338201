/** Made-up but plausible data for looking at the console without a control plane. The same seed gives the same data. */
import type {
  Application, Effect, ExchangeDetail, FindingDetail, Key, Outcome, Overview, OverviewWindow, Policy, Reason, Status, Upstream, UpstreamKind,
} from '../src/api/types.ts';

const MINUTE = 60_000;
const random = mulberry32(20_261_123);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
const hex = (digits: number): string => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
const id = (prefix: string): string => `${prefix}_019ab${hex(3)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

const APPLICATIONS = [
  ['Claims assistant', 'claims-platform@example.org', 'Summarises claims files for case handlers'],
  ['Contract review', 'legal-ops@example.org', 'Finds unusual clauses in supplier contracts'],
  ['Support copilot', 'Customer care, Lisbon', 'Drafts answers to customers, a person sends them'],
  ['Developer chat', 'dev-experience@example.org', 'Questions about our own code and runbooks'],
  ['HR policy bot', 'people-services@example.org', 'Answers staff about leave, travel and benefits'],
  ['A system with a rather long name that somebody gave it in a hurry', 'unknown', 'Nightly batch translation of product texts into eleven languages, with a glossary, and a review queue for what the glossary does not cover'],
] as const;

export const applications: readonly Application[] = APPLICATIONS.map(([name, owner, purpose], index) => ({
  id: id('app'), name, owner, purpose, createdAt: ago((index + 3) * 9 * 1440 * MINUTE), keys: { active: index === 4 ? 0 : 1 + (index % 3) }, ...(index === 4 ? {} : { lastExchangeAt: ago(index * 7 * MINUTE + 4000) }),
}));

export const keys: readonly Key[] = applications.flatMap((application) => ['production', 'staging', 'old'].map((name, index): Key => ({
  id: id('key'), name, applicationId: application.id, applicationName: application.name, lastFour: hex(4), createdAt: ago((30 - index) * 1440 * MINUTE), createdBy: 'Ada Administrator',
  expiresAt: index === 1 ? ago(-20 * 1440 * MINUTE) : index === 0 ? null : ago(1440 * MINUTE), revokedAt: index === 2 ? ago(2 * 1440 * MINUTE) : null, ...(index === 0 ? { lastUsedAt: ago(4000) } : {}),
})));

const settings = { timeouts: { connectMs: 5000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 600_000 }, priority: 0, weight: 1, attempts: 1, maxInFlight: 500 };

export const upstreamKinds: readonly UpstreamKind[] = [
  { kind: 'openai', label: 'OpenAI', baseUrl: 'https://api.openai.com/v1', example: 'https://api.openai.com/v1', versioned: false, apis: ['openai.chat_completions', 'openai.responses', 'openai.embeddings'] },
  { kind: 'azure-openai', label: 'Azure OpenAI', baseUrl: null, example: 'https://RESOURCE.openai.azure.com/openai/v1', versioned: true, apis: ['openai.chat_completions', 'openai.embeddings'] },
  { kind: 'openai-compatible', label: 'OpenAI-compatible (vLLM, Ollama, …)', baseUrl: null, example: 'http://127.0.0.1:11434/v1', versioned: false, apis: ['openai.chat_completions'] },
];

export const upstreams: readonly Upstream[] = [
  { id: id('ups'), name: 'openai-eu', ...settings, kind: 'openai-compatible', baseUrl: 'https://eu.api.example.com/v1', models: ['gpt-large', 'gpt-small', 'embedding-3'], allowPrivate: false, hasCredential: true, credentialLastFour: 'x9Qa', source: 'api', createdAt: ago(9e8), health: { state: 'healthy', since: ago(42 * 60 * MINUTE) } },
  { id: id('ups'), name: 'own-llama', ...settings, kind: 'openai-compatible', baseUrl: 'http://10.20.4.17:8000/v1', models: ['llama-70b'], allowPrivate: true, hasCredential: false, source: 'api', createdAt: ago(8e8), health: { state: 'failing', since: ago(12 * MINUTE), error: 'upstream_unreachable' } },
  { id: id('ups'), name: 'fallback', ...settings, kind: 'openai-compatible', baseUrl: 'https://api.provider.example/v1', models: ['mistral-medium'], allowPrivate: false, hasCredential: true, credentialLastFour: 'LLw0', source: 'environment', createdAt: ago(7e8), health: { state: 'unknown', since: null } },
  { id: id('ups'), name: 'sandbox', ...settings, kind: 'sandbox', baseUrl: '', models: ['sandbox-echo'], allowPrivate: false, hasCredential: false, source: 'built-in', createdAt: ago(9e9), health: { state: 'healthy', since: ago(90 * 1440 * MINUTE) } },
];

export const policies: readonly Policy[] = [
  { id: id('pol'), name: 'mask-personal-data', description: 'Personal data leaves as stable placeholders of its type and comes back as it was.', mode: 'enforce', sharePercent: 100, builtIn: true, updatedAt: ago(40 * 1440 * MINUTE), cedar: '@id("mask-personal-data")\n@obligation("mask")\npermit (\n  principal,\n  action == Sallyport::Action::"call",\n  resource\n) when { context.labels.contains("personal_data") };\n' },
  { id: id('pol'), name: 'refuse-secrets', description: 'A request that holds a key, a token or a private key is refused before it leaves.', mode: 'enforce', sharePercent: 100, builtIn: true, updatedAt: ago(40 * 1440 * MINUTE), cedar: '@id("refuse-secrets")\n@reason("secret_detected")\nforbid (\n  principal,\n  action == Sallyport::Action::"call",\n  resource\n) when { context.labels.contains("secret") };\n' },
  { id: id('pol'), name: 'no-cards-to-public-models', description: '', mode: 'share', sharePercent: 25, builtIn: false, updatedAt: ago(2 * 60 * MINUTE), cedar: '@id("no-cards-to-public-models")\nforbid (principal, action, resource)\nwhen { context.kinds.contains("payment_card") && resource.upstream != "own-llama" };\n' },
];

const KINDS: readonly (readonly [kind: string, label: string, weight: number])[] = [
  ['email_address', 'personal_data', 40], ['phone_number', 'personal_data', 18], ['payment_card', 'personal_data', 9], ['iban', 'personal_data', 8], ['us_ssn', 'personal_data', 3],
  ['github_token', 'secret', 2], ['aws_access_key_id', 'secret', 1], ['private_key', 'secret', 1],
];

function findingsOf(labels: readonly string[]): FindingDetail[] {
  const kinds = KINDS.filter(([, label]) => labels.includes(label)).sort(() => random() - 0.5).slice(0, 1 + Math.floor(random() * 3));
  return kinds.map(([kind, label]) => ({ direction: 'request', kind, label, count: 1 + Math.floor(random() ** 3 * 9), detector: `${label === 'secret' ? 'secrets' : 'sensitive'}/${kind}`, confidence: 0.85 + random() * 0.15, roles: [pick(['user', 'tool_result', 'system'])] }));
}

interface Course {
  readonly outcome: Outcome;
  readonly effect: Effect;
  readonly status: number;
  readonly weight: number;
  readonly labels: readonly string[];
  readonly reasons: readonly Reason[];
  readonly error?: string;
  readonly steps: readonly string[];
}

const BEFORE = ['identify', 'admit', 'read', 'inspect', 'decide'];
const COURSES: readonly Course[] = [
  { outcome: 'answered', effect: 'permit', status: 200, weight: 56, labels: [], reasons: [], steps: [...BEFORE, 'dispatch', 'answer'] },
  { outcome: 'answered', effect: 'transform', status: 200, weight: 31, labels: ['personal_data'], reasons: [{ code: 'personal_data_masked', policy: 'mask-personal-data', message: 'Personal data is replaced by placeholders.' }], steps: [...BEFORE, 'transform', 'dispatch', 'answer'] },
  { outcome: 'refused', effect: 'deny', status: 400, weight: 6, labels: ['secret'], reasons: [{ code: 'secret_detected', policy: 'refuse-secrets', message: 'The request holds a secret (GitHub token).' }], steps: BEFORE },
  { outcome: 'failed', effect: 'permit', status: 502, weight: 3, labels: [], reasons: [], error: 'upstream_unreachable', steps: [...BEFORE, 'dispatch'] },
  { outcome: 'aborted', effect: 'permit', status: 200, weight: 1, labels: [], reasons: [], steps: [...BEFORE, 'dispatch', 'answer'] },
  { outcome: 'interrupted', effect: 'permit', status: 0, weight: 1, labels: [], reasons: [], steps: [] },
  { outcome: 'refused', effect: 'deny', status: 401, weight: 2, labels: [], reasons: [{ code: 'invalid_api_key', message: 'This key is not known, has expired or was revoked.' }], steps: ['identify'] },
];

const MICROS: Readonly<Record<string, number>> = { identify: 6, admit: 3, read: 45, inspect: 120, decide: 14, transform: 30, dispatch: 420_000, answer: 900_000 };
const gateways = [{ id: id('gw'), name: 'gateway-1' }, { id: id('gw'), name: 'gateway-2' }];
const epoch = `019ab${hex(3)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;

/** One exchange that was received so long ago. */
export function exchange(msAgo: number, sequence: number): ExchangeDetail {
  const course = weighted(COURSES);
  const upstream = pick(upstreams);
  const isOpen = msAgo < 3000 && course.outcome === 'answered';
  const sent = course.steps.includes('dispatch') || course.outcome === 'interrupted';
  const opened: ExchangeDetail = {
    id: id('exc'), receivedAt: ago(msAgo), state: 'open', api: 'openai.chat_completions', method: 'POST', path: '/v1/chat/completions', stream: random() < 0.4,
    ...(course.status === 401 ? {} : callerOf(upstream)), ...(sent ? { upstream: upstream.name } : {}), gateway: pick(gateways), epoch, sequence: sent ? { opened: sequence } : {},
    reasons: [], findings: [], masked: 0, restored: 0, obligations: [], times: {},
  };
  return isOpen ? opened : { ...opened, ...endOf(course, msAgo), sequence: { ...opened.sequence, closed: sequence + 1 } };
}

function callerOf(upstream: Upstream) {
  const application = pick(applications);
  return { application: { id: application.id, name: application.name }, key: { id: keys[0]?.id ?? '', name: 'production' }, purpose: application.purpose, model: pick(upstream.models) };
}

function endOf(course: Course, msAgo: number) {
  const times = Object.fromEntries(course.steps.map((step) => [step, Math.round((MICROS[step] ?? 1) * (0.4 + random() * 2))]));
  const totalMicros = Object.values(times).reduce((sum, micros) => sum + micros, 0);
  const findings = findingsOf(course.labels);
  const masked = course.effect === 'transform' ? findings.reduce((sum, { count }) => sum + count, 0) : 0;
  return {
    state: 'closed' as const, closedAt: ago(msAgo - totalMicros / 1000), outcome: course.outcome, effect: course.effect, status: course.status, ...(course.outcome === 'interrupted' ? {} : { totalMicros }),
    reasons: [...course.reasons], findings, masked, restored: masked, obligations: masked > 0 ? ['mask'] : [], times,
    versions: { software: '0.1.0', snapshotSerial: 41, policies: `sha256:${hex(64)}`, detectors: `sha256:${hex(64)}` }, bytes: { request: 400 + Math.floor(random() * 9000), answer: Math.floor(random() * 20_000) },
    ...(course.outcome === 'answered' ? { usage: { inputTokens: 300, outputTokens: 212 } } : {}), ...(course.error === undefined ? {} : { error: course.error }),
    ...(random() < 0.1 ? { observed: { effect: 'deny' as const, reasons: [{ code: 'payment_card_to_public_model', policy: 'no-cards-to-public-models', message: 'Card numbers may go to our own model only.' }] } } : {}),
  };
}

const WINDOWS: Readonly<Record<OverviewWindow, readonly [stepSeconds: number, steps: number]>> = { '1h': [60, 60], '24h': [1800, 48], '7d': [10_800, 56] };

export function overview(window: OverviewWindow, empty: boolean): Overview {
  const [stepSeconds, steps] = WINDOWS[window];
  const start = Math.floor(Date.now() / (stepSeconds * 1000)) * stepSeconds * 1000 - steps * stepSeconds * 1000;
  const at = (step: number): string => new Date(start + step * stepSeconds * 1000).toISOString();
  const load = (step: number): number => (empty ? 0 : Math.round(stepSeconds * (0.6 + 0.4 * Math.sin(((step * stepSeconds) / 86_400) * 2 * Math.PI)) * (0.8 + random() * 0.4)));
  const series = Array.from({ length: steps }, (_, step) => {
    const calls = load(step);
    const [refused, failed] = [Math.round(calls * (0.05 + random() * 0.04)), Math.round(calls * (step === steps - 9 ? 0.35 : random() * 0.02))];
    return { at: at(step), answered: calls - refused - failed, refused, failed, transformed: Math.round((calls - refused - failed) * 0.34), p50Micros: empty ? null : 900_000 + random() * 300_000, p99Micros: empty ? null : 3_200_000 + random() * 1_500_000 };
  });
  const sum = (name: 'answered' | 'refused' | 'failed' | 'transformed'): number => series.reduce((total, point) => total + point[name], 0);
  const exchanges = sum('answered') + sum('refused') + sum('failed');
  const findings = empty ? [] : KINDS.map(([kind, label, weight]) => {
    const points = series.map((point) => ({ at: point.at, count: Math.round(point.transformed * (weight / 60) * (0.6 + random() * 0.8)) }));
    return { kind, label, total: points.reduce((total, { count }) => total + count, 0), series: points };
  });
  const total = findings.reduce((all, finding) => all + finding.total, 0);
  return {
    from: at(0), to: at(steps), stepSeconds, denominators: { exchanges },
    totals: { exchanges, answered: sum('answered'), refused: sum('refused'), failed: sum('failed'), aborted: Math.round(exchanges / 400), interrupted: empty ? 0 : 3, transformed: sum('transformed'), masked: Math.round(total * 0.94), findings: total },
    series, findings,
    applications: empty ? [] : applications.slice(0, 5).map(({ id: application, name }, index) => ({ id: application, name, exchanges: Math.round(exchanges / (index + 2.3)), refused: Math.round(exchanges / ((index + 2.3) * (14 + index * 9))) })),
    latency: empty ? { p50Micros: null, p99Micros: null, addedP50Micros: null, addedP99Micros: null } : { p50Micros: 1_012_000, p99Micros: 4_380_000, addedP50Micros: 231, addedP99Micros: 1_904 },
  };
}

export function status(): Status {
  return {
    version: '0.1.0', installation: id('ins'), gatewayUrl: 'http://127.0.0.1:7071', database: { engine: 'pglite', ok: true }, snapshotSerial: 41,
    gateways: gateways.map(({ id: gateway, name }, index) => ({ id: gateway, name, connected: index === 0, enrolledAt: ago(9e8), version: '0.1.0', inFlight: 3 - index, unsent: index * 1204, lastSeenAt: ago(index * 9 * MINUTE), serial: 41 - index, spoolBytes: index * 5_400_000, records: { acknowledged: 182_411 - index * 90_000, gaps: index } })),
    upstreams: upstreams.map(({ id: upstream, name, health }) => ({ id: upstream, name, ...health })),
  };
}

function weighted<Item extends { readonly weight: number }>(items: readonly Item[]): Item {
  let rest = random() * items.reduce((sum, { weight }) => sum + weight, 0);
  return items.find(({ weight }) => (rest -= weight) < 0) ?? (items[0] as Item);
}

/** A small generator of repeatable numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

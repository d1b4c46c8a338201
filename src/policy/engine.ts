import { hash } from 'node:crypto';
import { digestOf } from '#platform/crypto/digest.ts';
import { type Log } from '#platform/log.ts';
import { type Decision, type Effect, type Label, type Obligation, type PolicyEntry, type Reason } from '../shapes.ts';
import { createPermitSet, findIllTyped, SCHEMA, type PermitSet, type Satisfied } from './cedar.ts';
import { canonicalQuestion, readsOf, type PolicyInput, type Reads } from './inputs.ts';
import { readStatements, type Statement } from './statements.ts';

export interface PolicyEngine {
  /** Digest of schema and entries. */
  readonly digest: string;
  /** Never throws: whatever goes wrong is a deny with the reason `policy_error`. */
  decide(input: PolicyInput): Decision;
}

export interface PolicyEngineOptions {
  readonly log?: Log | undefined;
  /** Decisions kept, 0 for none; once the cache is full, the one that was not used for longest goes first. */
  readonly cacheEntries?: number;
}

const CACHE_ENTRIES = 10_000;
/** A question with a longer key (a caller's endless model name) is answered but not kept. */
const CACHE_KEY_MAX = 2_000;

/** Digest of everything that a decision depends on besides its input; entries in the order of the snapshot's section. */
export const digestOfPolicies = (entries: readonly PolicyEntry[]): string => digestOf({ schema: SCHEMA, entries });

/**
 * Decides by Cedar over all entries. An entry that cannot be read makes every decision a deny: leaving it out could leave out a
 * guard. Cedar itself skips a statement that fails while it is evaluated; here that is a deny as well.
 *
 * Every statement is asked as a permit, so that one evaluation tells which of them apply. What follows from that (a forbid
 * beats every permit, nothing permits by itself) is decided here, once for the statements in force and once for all of them.
 */
export function createPolicyEngine(entries: readonly PolicyEntry[], { log, cacheEntries = CACHE_ENTRIES }: PolicyEngineOptions = {}): PolicyEngine {
  const digest = digestOfPolicies(entries);
  const refuse = (error: unknown, policy?: string): Decision => {
    log?.error({ err: error, policy }, 'A policy could not be evaluated; the exchange is refused.');
    return refusal(policy);
  };
  let compiled: Compiled;
  try {
    compiled = compile(entries);
  } catch (error) {
    const decision = refuse(error, error instanceof UnreadablePolicy ? error.policy : undefined);
    return { digest, decide: () => decision };
  }
  const cache = createCache(cacheEntries);
  return {
    digest,
    decide: (input) => {
      try {
        return decide(compiled, cache, input);
      } catch (error) {
        return refuse(error);
      }
    },
  };
}

class UnreadablePolicy extends Error {
  readonly policy: string | undefined;
  constructor(policy: string | undefined, message: string) {
    super(message);
    this.policy = policy;
  }
}

interface BoundStatement extends Statement {
  readonly entry: PolicyEntry;
}

interface Compiled {
  readonly statements: ReadonlyMap<string, BoundStatement>;
  readonly reads: Reads;
  readonly permits: PermitSet;
  /** Entries in force for all exchanges, and those whose share is to be drawn. */
  readonly always: ReadonlySet<PolicyEntry>;
  readonly drawn: readonly PolicyEntry[];
  /** Whether any entry is not in force for all. */
  readonly observes: boolean;
}

function compile(entries: readonly PolicyEntry[]): Compiled {
  const statements = new Map<string, BoundStatement>();
  for (const [index, entry] of entries.entries()) {
    const read = readStatements(entry.cedar);
    if (!read.ok) throw new UnreadablePolicy(entry.name, read.problems.map(({ message }) => message).join('; '));
    for (const statement of read.statements) statements.set(`${String(index).padStart(4, '0')}/${statement.id}`, { ...statement, entry });
  }
  const permits: Record<string, string> = {};
  for (const [id, { cedar }] of statements) permits[id] = cedar.permit;
  const illTyped = findIllTyped(permits);
  if (illTyped !== undefined) throw new UnreadablePolicy(statements.get(illTyped.id)?.entry.name, illTyped.problem.message);
  return {
    statements,
    reads: readsOf([...statements.values()].map(({ cedar }) => cedar.json)),
    permits: createPermitSet(permits),
    always: new Set(entries.filter(({ mode, sharePercent }) => mode === 'enforce' || (mode === 'share' && sharePercent >= 100))),
    drawn: entries.filter(({ mode, sharePercent }) => mode === 'share' && sharePercent > 0 && sharePercent < 100),
    observes: entries.some(({ mode }) => mode !== 'enforce'),
  };
}

function decide(compiled: Compiled, cache: Cache, input: PolicyInput): Decision {
  const { key, labels, question } = canonicalQuestion(input, compiled.reads);
  const drawn = compiled.drawn.filter((entry) => fallsIn(entry, input.exchange));
  const cacheKey = drawn.length === 0 ? key : `${key}${drawn.map(({ id }) => id).join()}`;
  const known = cache.get(cacheKey);
  if (known !== undefined) return known;
  const applied = compiled.permits.ask(question());
  const inForce = (entry: PolicyEntry): boolean => compiled.always.has(entry) || drawn.includes(entry);
  const verdict = conclude(compiled, applied, labels, inForce);
  const wouldBe = compiled.observes ? conclude(compiled, applied, labels, () => true) : verdict;
  const decision = JSON.stringify(verdict) === JSON.stringify(wouldBe) ? verdict : { ...verdict, observed: wouldBe };
  cache.set(cacheKey, decision);
  return decision;
}

/** Deterministic, so that request and answer of an exchange are judged alike; drawn for each policy by itself. */
function fallsIn({ id, sharePercent }: PolicyEntry, exchange: string): boolean {
  const draw = Number.parseInt(hash('sha256', `${id}\0${exchange}`, 'hex').slice(0, 8), 16) / 2 ** 32;
  return draw * 100 < sharePercent;
}

interface Verdict {
  readonly effect: Effect;
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
}

const NOT_PERMITTED: Reason = { code: 'not_permitted', message: 'No policy permits this exchange.' };

function conclude(compiled: Compiled, applied: Satisfied, labels: readonly Label[], counts: (entry: PolicyEntry) => boolean): Verdict {
  const select = (ids: readonly string[]): BoundStatement[] =>
    ids.toSorted().map((id) => statementOf(compiled, id)).filter(({ entry }) => counts(entry));
  const errors = select(applied.errored).map(({ entry }) => policyError(entry.name));
  const statements = select(applied.satisfied);
  const denials = [...errors, ...reasonsOf(statements, 'deny')];
  if (denials.length > 0) return { effect: 'deny', reasons: denials, obligations: [] };
  const holds = reasonsOf(statements, 'hold');
  if (holds.length > 0) return { effect: 'hold', reasons: holds, obligations: [] };
  if (statements.length === 0) return { effect: 'deny', reasons: [NOT_PERMITTED], obligations: [] };
  return permitted(statements, labels);
}

function statementOf(compiled: Compiled, id: string): BoundStatement {
  const statement = compiled.statements.get(id);
  if (statement === undefined) throw new Error('Cedar named a statement that it was not given.');
  return statement;
}

function reasonsOf(statements: readonly BoundStatement[], type: 'deny' | 'hold'): Reason[] {
  return statements.flatMap(({ does, entry }) => (does.type === type ? [{ ...does.reason, policy: entry.name }] : []));
}

/** What permits may oblige too; an obligation that finds nothing to act on is left out. */
function permitted(statements: readonly BoundStatement[], labels: readonly Label[]): Verdict {
  const reasons: Reason[] = [];
  const obligations: Obligation[] = [];
  for (const { does, entry } of statements) {
    if (does.type !== 'coarsen' && (does.type !== 'mask' || !does.labels.some((label) => labels.includes(label)))) continue;
    obligations.push(does.type === 'mask' ? { type: 'mask', labels: does.labels, policy: entry.name } : { type: does.what, policy: entry.name });
    if (does.reason !== undefined) reasons.push({ ...does.reason, policy: entry.name });
  }
  return { effect: obligations.length === 0 ? 'permit' : 'transform', reasons, obligations };
}

const policyError = (policy: string | undefined): Reason => ({
  code: 'policy_error',
  ...(policy === undefined ? {} : { policy }),
  message: 'A policy could not be evaluated, so the exchange is refused.',
});

const refusal = (policy: string | undefined): Decision => ({ effect: 'deny', reasons: [policyError(policy)], obligations: [] });

interface Cache {
  get(key: string): Decision | undefined;
  set(key: string, decision: Decision): void;
}

function createCache(entriesMax: number): Cache {
  const decisions = new Map<string, Decision>();
  return {
    get: (key) => {
      const decision = decisions.get(key);
      if (decision !== undefined && decisions.size === entriesMax) {
        decisions.delete(key);
        decisions.set(key, decision);
      }
      return decision;
    },
    set: (key, decision) => {
      if (key.length > CACHE_KEY_MAX || entriesMax === 0) return;
      if (decisions.size >= entriesMax) decisions.delete(decisions.keys().next().value as string);
      decisions.set(key, decision);
    },
  };
}

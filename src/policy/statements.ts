import { type Coarsening, type Label } from '../shapes.ts';
import { parsePolicies, type CedarStatement, type PolicyJson, type Problem } from './cedar.ts';

/** One Cedar statement with what its annotations ask for. */
export interface Statement {
  readonly id: string;
  readonly does: Imposition;
  readonly cedar: CedarStatement;
}

/** What a statement imposes when it applies. */
export type Imposition =
  | { readonly type: 'permit' }
  | { readonly type: 'mask'; readonly labels: readonly Label[]; readonly reason: StatementReason | undefined }
  | { readonly type: 'coarsen'; readonly what: Coarsening; readonly reason: StatementReason | undefined }
  | { readonly type: 'hold' | 'deny'; readonly reason: StatementReason };

export interface StatementReason {
  readonly code: string;
  readonly message: string;
}

export type ReadStatements =
  | { readonly ok: true; readonly statements: readonly Statement[]; readonly description: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export const POLICY_TEXT_MAX = 64 * 1024;
const STATEMENTS_MAX = 50;
const LABELS: readonly string[] = ['personal_data', 'secret'] satisfies readonly Label[];
const COARSENINGS: readonly string[] = ['strip_logprobs', 'round_scores'] satisfies readonly Coarsening[];
const CODE = /^[a-z][a-z0-9_]{0,63}$/;
const STATEMENT_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const TEXT_MAX = 300;

/** Annotations by effect. Any other is refused: a misspelt one would silently change what the statement does. */
const ANNOTATIONS = {
  permit: new Set(['id', 'description', 'obligation', 'labels', 'reason', 'message']),
  forbid: new Set(['id', 'description', 'reason', 'message', 'hold']),
};

/**
 * Reads a policy: Cedar source whose statements are annotated with `@id` and, as needed,
 * `@obligation("mask") @labels("personal_data")`, `@obligation("strip_logprobs")` or `@obligation("round_scores")` (permit), `@hold("approval_required")` (forbid: ask somebody instead of refusing),
 * `@reason("machine_word")` and `@message("words for the caller")`. Whether its expressions fit the schema is not looked at here.
 */
export function readStatements(source: string): ReadStatements {
  if (source.length > POLICY_TEXT_MAX) return refused(`A policy holds at most ${POLICY_TEXT_MAX} characters.`);
  const parsed = parsePolicies(source);
  if (!parsed.ok) return parsed;
  const count = parsed.statements.length;
  if (count === 0) return refused('A policy holds at least one statement.');
  if (count > STATEMENTS_MAX) return refused(`A policy holds at most ${STATEMENTS_MAX} statements.`);
  const policies = parsed.statements.map(({ json }) => json);
  const problems = [...repeatedIds(policies), ...policies.flatMap(annotationProblems)];
  if (problems.length > 0) return { ok: false, problems };
  const description = policies.map(({ annotations }) => annotations?.['description']).filter(Boolean).join(' ');
  const statements = parsed.statements.map(statementOf).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { ok: true, statements, description };
}

const refused = (message: string): ReadStatements => ({ ok: false, problems: [{ message }] });

function repeatedIds(policies: readonly PolicyJson[]): readonly Problem[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { annotations } of policies) {
    const id = annotations?.['id'] ?? '';
    (seen.has(id) ? repeated : seen).add(id);
  }
  return [...repeated].filter((id) => id !== '').map((id) => ({ message: `Two statements have the @id ${JSON.stringify(id)}.` }));
}

function annotationProblems(policy: PolicyJson): readonly Problem[] {
  const annotations = policy.annotations ?? {};
  const name = annotations['id'] ? `Statement ${JSON.stringify(annotations['id'])}` : 'A statement';
  const wrong = (message: string): Problem => ({ message: `${name}: ${message}` });
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    if (!ANNOTATIONS[policy.effect].has(key)) problems.push(wrong(`@${key} has no meaning on a ${policy.effect}.`));
    else if (!isAnnotationValue(key, value)) problems.push(wrong(`@${key} ${EXPECTED[key]}.`));
  }
  if (!annotations['id']) problems.push(wrong('@id is missing.'));
  if (annotations['obligation'] === 'mask' && !annotations['labels']) problems.push(wrong('@obligation("mask") needs @labels, such as @labels("personal_data").'));
  if (annotations['labels'] && annotations['obligation'] !== 'mask') problems.push(wrong('@labels has no meaning without @obligation("mask").'));
  if (annotations['reason'] && policy.effect === 'permit' && !annotations['obligation']) problems.push(wrong('@reason has no meaning on a permit without @obligation.'));
  if (annotations['hold'] && annotations['reason']) problems.push(wrong('@hold gives the reason already; leave out @reason.'));
  return problems;
}

const EXPECTED: Readonly<Record<string, string>> = {
  id: 'is lower-case letters, digits and hyphens, at most 64',
  description: `is text of at most ${TEXT_MAX} characters`,
  message: `is text of at most ${TEXT_MAX} characters`,
  reason: 'is a machine word: lower-case letters, digits and underscores, at most 64',
  hold: 'is a machine word, such as approval_required',
  obligation: `is "mask" or one of ${COARSENINGS.join(', ')}`,
  labels: `is one or more of ${LABELS.join(', ')}, with spaces between`,
};

function isAnnotationValue(key: string, value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (key === 'id') return STATEMENT_ID.test(value);
  if (key === 'obligation') return value === 'mask' || COARSENINGS.includes(value);
  if (key === 'labels') return value.split(' ').every((label) => LABELS.includes(label));
  if (key === 'reason' || key === 'hold') return CODE.test(value);
  return value.length > 0 && value.length <= TEXT_MAX;
}

function statementOf(cedar: CedarStatement): Statement {
  return { id: cedar.json.annotations?.['id'] ?? '', does: impositionOf(cedar.json), cedar };
}

function impositionOf({ effect, annotations = {} }: PolicyJson): Imposition {
  const { reason, message, hold, labels, obligation } = annotations;
  if (effect === 'forbid') {
    return hold === undefined
      ? { type: 'deny', reason: { code: reason ?? 'forbidden_by_policy', message: message ?? 'A policy forbids this exchange.' } }
      : { type: 'hold', reason: { code: hold, message: message ?? 'This exchange needs an approval.' } };
  }
  if (obligation === undefined) return { type: 'permit' };
  const why = (words: string): StatementReason | undefined => (reason === undefined ? undefined : { code: reason, message: message ?? words });
  if (obligation !== 'mask') return { type: 'coarsen', what: obligation as Coarsening, reason: why('The answer was made less exact.') };
  return { type: 'mask', labels: (labels ?? '').split(' ') as Label[], reason: why('Parts of the text were replaced.') };
}

/** The only file that calls Cedar. Everything here may throw; the engine turns that into a refusal. */
import { readFileSync } from 'node:fs';
import {
  policySetTextToParts, policyToJson, preparsePolicySet, statefulIsAuthorized, validate,
  type CedarValueJson, type DetailedError, type EntityJson, type PolicyJson, type TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs';
import { asPermit, tooDeep } from './cedar-text.ts';

/** The vocabulary of all policies. */
export const SCHEMA = readFileSync(new URL('../../packs/policies/schema.cedarschema', import.meta.url), 'utf8');

export type { PolicyJson, EntityJson, CedarValueJson, TypeAndId };

/** What is wrong with a policy's text, and where: UTF-8 byte offset, when that is known. */
export interface Problem {
  readonly message: string;
  readonly offset?: number;
}

/** One statement in Cedar's JSON form, and as a permit whatever its effect is. */
export interface CedarStatement {
  readonly json: PolicyJson;
  readonly permit: string;
}

export type Parsed = { readonly ok: true; readonly statements: readonly CedarStatement[] } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads Cedar source. Templates are refused: nothing here links them. */
export function parsePolicies(source: string): Parsed {
  const deep = tooDeep(source);
  if (deep !== undefined) return failed([{ message: deep.message, offset: Buffer.byteLength(source.slice(0, deep.at)) }]);
  const parts = policySetTextToParts(source);
  if (parts.type === 'failure') return failed(parts.errors.map(problemOf));
  if (parts.policy_templates.length > 0) return failed([{ message: 'Templates (?principal, ?resource) are not supported.' }]);
  const statements: CedarStatement[] = [];
  for (const text of parts.policies) {
    const parsed = policyToJson(text);
    if (parsed.type === 'failure') return failed(parsed.errors.map(problemOf));
    statements.push({ json: parsed.json, permit: permitOf(text, parsed.json) });
  }
  return { ok: true, statements };
}

const failed = (problems: readonly Problem[]): Parsed => ({ ok: false, problems });

/** Rewrites the effect in the text, because Cedar reads its own JSON form only to a small depth; and checks that nothing else changed. */
function permitOf(text: string, json: PolicyJson): string {
  const permit = asPermit(text);
  const read = policyToJson(permit);
  if (read.type === 'failure' || JSON.stringify(read.json) !== JSON.stringify({ ...json, effect: 'permit' })) throw new Error('A statement changed its meaning as a permit.');
  return permit;
}

/**
 * Type-checks Cedar source that `parsePolicies` has read against the schema. Cedar's warnings (a policy that can never apply, letters
 * that look like others) count as problems too: a guard that never acts is a mistake.
 */
export function typeCheck(source: string): readonly Problem[] {
  const answer = validate({ schema: SCHEMA, policies: { staticPolicies: source } });
  if (answer.type === 'failure') return answer.errors.map(problemOf);
  return [...answer.validationErrors, ...answer.validationWarnings].map(({ error }) => problemOf(error));
}

/**
 * As `typeCheck`, for many statements at once: most of its time goes to reading the schema.
 *
 * @param statements Cedar source by id
 * @returns the first statement that does not fit
 */
export function findIllTyped(statements: Readonly<Record<string, string>>): { readonly id: string; readonly problem: Problem } | undefined {
  const answer = validate({ schema: SCHEMA, policies: { staticPolicies: { ...statements } } });
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
  const [first] = answer.validationErrors;
  return first && { id: first.policyId, problem: problemOf(first.error) };
}

function problemOf(error: DetailedError): Problem {
  const message = error.message.replaceAll(/for policy `[^`]*`[,:] /g, '').replace(/^failed to parse policies from string: /, '');
  const text = [message, error.sourceLocations?.[0]?.label, error.help].filter((part) => part !== null && part !== undefined && part !== '').join(': ');
  const offset = error.sourceLocations?.[0]?.start;
  return offset === undefined ? { message: text } : { message: text, offset };
}

export interface Question {
  readonly principal: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: Record<string, CedarValueJson>;
  readonly entities: EntityJson[];
}

export interface Satisfied {
  /** Ids of the permits whose scope and conditions hold. */
  readonly satisfied: readonly string[];
  /** Ids of the policies that could not be evaluated. */
  readonly errored: readonly string[];
}

export interface PermitSet {
  /** @throws Error when Cedar refuses the question itself */
  ask(question: Question): Satisfied;
}

const ACTION: TypeAndId = { type: 'Action', id: 'exchange' };

/**
 * Cedar keeps what it has parsed under a name and forgets nothing. A few names are used in turn, so that memory stays bounded
 * however often policies change; a set whose name was taken over is parsed again when it is next asked.
 */
const SLOTS = 8;
const owners: (object | undefined)[] = Array.from({ length: SLOTS });
let nextSlot = 0;

/**
 * @param permits Cedar source by id; every one of them is a permit
 * @throws Error when one does not parse
 */
export function createPermitSet(permits: Readonly<Record<string, string>>): PermitSet {
  const owner = {};
  let slot = -1;
  const claim = (): void => {
    slot = nextSlot;
    nextSlot = (nextSlot + 1) % SLOTS;
    owners[slot] = undefined;
    const answer = preparsePolicySet(`sallyport-${slot}`, { staticPolicies: { ...permits } });
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
    owners[slot] = owner;
  };
  claim();
  return {
    ask: (question) => {
      if (owners[slot] !== owner) claim();
      const answer = statefulIsAuthorized({ ...question, action: ACTION, preparsedPolicySetId: `sallyport-${slot}` });
      if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
      const { reason, errors } = answer.response.diagnostics;
      return { satisfied: reason, errored: errors.map(({ policyId }) => policyId) };
    },
  };
}

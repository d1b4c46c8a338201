import { toPublicId } from '#platform/ids.ts';
import { type Api, type Direction, type Finding, type Label, type Part, type Payload, type Principal, type Role, type Trust } from '../shapes.ts';
import { type CedarValueJson, type EntityJson, type PolicyJson, type Question, type TypeAndId } from './cedar.ts';

/** One question to the policies: may this exchange go on in this direction, and how. */
export interface PolicyInput {
  /** The exchange's id; it settles whether a policy that is in force for a share applies. */
  readonly exchange: string;
  readonly principal: Principal;
  /** The model as the caller named it. */
  readonly model: string;
  /** Name of the upstream, once it is chosen. */
  readonly upstream?: string | undefined;
  readonly direction: Direction;
  readonly api: Api;
  readonly stream: boolean;
  /** All findings; those of the other direction and those below `DECISION_CONFIDENCE` are passed over. */
  readonly findings: readonly Finding[];
  /** The parts of this direction, to whose `index` findings point. A finding whose part is not given counts as untrusted. */
  readonly parts?: readonly Pick<Part, 'role' | 'trust'>[] | undefined;
  /** What is in this direction's body and could not be read. */
  readonly uninspected?: ReadonlySet<Payload> | undefined;
}

/** Findings below this confidence are recorded, but no policy acts on them. */
export const DECISION_CONFIDENCE = 0.5;

export const isDecisive = (finding: Finding, direction: Direction): boolean =>
  finding.direction === direction && finding.confidence >= DECISION_CONFIDENCE;

/**
 * What the statements of a policy set read of a question. What none of them reads is left out of the question, so that one cached
 * decision serves all questions that no statement can tell apart.
 */
export interface Reads {
  readonly context: ReadonlySet<string>;
  readonly principal: EntityReads;
  readonly resource: EntityReads;
}

interface EntityReads {
  readonly id: boolean;
  readonly attributes: ReadonlySet<string>;
}

const CONTEXT_NAMES = ['direction', 'api', 'stream', 'kinds', 'labels', 'roles', 'trusts', 'uninspected'] as const;
const PRINCIPAL_NAMES = ['name', 'purpose'] as const;
const RESOURCE_NAMES = ['name', 'upstream'] as const;

/** `whole`: the variable itself is used, and so possibly all that hangs on it. */
interface VariableUse {
  whole: boolean;
  readonly attributes: Set<string>;
}

export function readsOf(policies: readonly PolicyJson[]): Reads {
  const uses: Record<string, VariableUse> = {};
  for (const variable of ['principal', 'resource', 'context', 'action']) uses[variable] = { whole: false, attributes: new Set() };
  for (const policy of policies) collectUses(policy.conditions, uses);
  const use = (variable: string): VariableUse => uses[variable] as VariableUse;
  const scoped = (variable: 'principal' | 'resource'): boolean => policies.some((policy) => namesAnEntity(policy[variable]));
  const entity = (variable: 'principal' | 'resource', names: readonly string[]): EntityReads => ({
    id: scoped(variable) || use(variable).whole,
    attributes: use(variable).whole ? new Set(names) : use(variable).attributes,
  });
  return {
    context: use('context').whole ? new Set(CONTEXT_NAMES) : use('context').attributes,
    principal: entity('principal', PRINCIPAL_NAMES),
    resource: entity('resource', RESOURCE_NAMES),
  };
}

const namesAnEntity = (constraint: object): boolean => 'entity' in constraint || 'in' in constraint;

/** Walks an expression in Cedar's JSON form. What it does not know it descends into, so that it can only see too many uses. */
function collectUses(node: unknown, uses: Record<string, VariableUse>): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const access = key === '.' || key === 'has' ? attributeAccess(value) : undefined;
    if (access !== undefined) uses[access.variable]?.attributes.add(access.attribute);
    else if (key === 'Var' && typeof value === 'string' && uses[value] !== undefined) uses[value].whole = true;
    else collectUses(value, uses);
  }
}

function attributeAccess(value: unknown): { readonly variable: string; readonly attribute: string } | undefined {
  if (typeof value !== 'object' || value === null || !('left' in value) || !('attr' in value)) return undefined;
  const { left, attr } = value;
  const attribute = Array.isArray(attr) ? attr[0] : attr;
  if (typeof left !== 'object' || left === null || !('Var' in left)) return undefined;
  return typeof left.Var === 'string' && typeof attribute === 'string' ? { variable: left.Var, attribute } : undefined;
}

/** A question reduced to what is read, with the text that stands for it in a cache. */
export interface CanonicalQuestion {
  readonly key: string;
  /** Labels of the decisive findings, sorted. */
  readonly labels: readonly Label[];
  /** Built only when the cache does not know the key. */
  question(): Question;
}

/** A value of the context: text or a boolean as it is, a set as a sorted list. */
type ContextValue = string | boolean | readonly string[];

export function canonicalQuestion(input: PolicyInput, reads: Reads): CanonicalQuestion {
  const found = summarise(input);
  const context = pick(reads.context, {
    direction: input.direction, api: input.api, stream: input.stream, kinds: found.kinds, labels: found.labels, roles: found.roles, trusts: found.trusts,
    uninspected: sorted(input.uninspected ?? NONE),
  } satisfies Record<(typeof CONTEXT_NAMES)[number], ContextValue>);
  const { applicationId, applicationName, purpose } = input.principal;
  const principal: ReducedEntity = {
    id: reads.principal.id ? toPublicId('app', applicationId) : '',
    attributes: pick(reads.principal.attributes, { name: applicationName, purpose }),
  };
  const resource: ReducedEntity = {
    id: reads.resource.id ? input.model : '',
    attributes: pick(reads.resource.attributes, { name: input.model, upstream: input.upstream ?? '' }),
  };
  return {
    key: JSON.stringify([context, principal, resource, found.labels]),
    labels: found.labels,
    question: () => questionOf(context, principal, resource),
  };
}

interface ReducedEntity {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

function pick<T>(names: ReadonlySet<string>, values: Readonly<Record<string, T>>): Record<string, T> {
  const picked: Record<string, T> = {};
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function summarise({ findings, direction, parts }: PolicyInput) {
  const kinds = new Set<string>();
  const labels = new Set<Label>();
  const roles = new Set<Role>();
  const trusts = new Set<Trust>();
  for (const finding of findings) {
    if (!isDecisive(finding, direction)) continue;
    kinds.add(finding.kind);
    labels.add(finding.label);
    roles.add(parts?.[finding.part]?.role ?? 'unknown');
    trusts.add(parts?.[finding.part]?.trust ?? 'untrusted');
  }
  return { kinds: sorted(kinds), labels: sorted(labels), roles: sorted(roles), trusts: sorted(trusts) };
}

const NONE: ReadonlySet<never> = new Set();
const NOTHING: readonly never[] = [];
const sorted = <T>(values: ReadonlySet<T>): readonly T[] => (values.size === 0 ? NOTHING : [...values].sort());

/** Context attributes whose words are entities of an enumerated type in the schema. */
const ENUMERATED: Readonly<Record<string, string>> = { direction: 'Direction', api: 'Api', labels: 'Label', roles: 'Role', trusts: 'Trust', uninspected: 'Payload' };

function questionOf(context: Readonly<Record<string, ContextValue>>, principal: ReducedEntity, resource: ReducedEntity): Question {
  const cedarContext: Record<string, CedarValueJson> = {};
  for (const [name, value] of Object.entries(context)) cedarContext[name] = cedarValue(value, ENUMERATED[name]);
  const entities: EntityJson[] = [];
  const principalUid = addEntity(entities, 'Application', principal);
  const resourceUid = addEntity(entities, 'Model', resource);
  return { principal: principalUid, resource: resourceUid, context: cedarContext, entities };
}

function cedarValue(value: ContextValue, enumeration: string | undefined): CedarValueJson {
  const one = (word: string): CedarValueJson => (enumeration === undefined ? word : { __entity: { type: enumeration, id: word } });
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? one(value) : value.map(one);
}

function addEntity(entities: EntityJson[], type: string, { id, attributes }: ReducedEntity): TypeAndId {
  const uid = { type, id };
  if (Object.keys(attributes).length > 0) entities.push({ uid, attrs: { ...attributes }, parents: [] });
  return uid;
}

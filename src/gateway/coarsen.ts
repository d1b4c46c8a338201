/** Answers that say less than the upstream said, where policy obliges: against those who would copy a model or probe it by its scores. */
import type { Coarsening } from '../shapes.ts';
import type { Passage } from './passage.ts';

/** Members as OpenAI's wire and those that follow it name them; a text of the model is a string and never looked into. */
const MEMBERS: Readonly<Record<Coarsening, ReadonlySet<string>>> = {
  strip_logprobs: new Set(['logprobs', 'top_logprobs']),
  round_scores: new Set(['score', 'scores', 'category_scores', 'relevance_score']),
};
/** Scores keep one decimal. */
const STEPS = 10;

/** What the decisions on request and answer oblige to. */
export function coarseningsOf({ decisions: { request, answer } }: Passage): readonly Coarsening[] {
  if (!obliges(request) && !obliges(answer)) return NONE;
  const types = new Set([...(request?.obligations ?? []), ...(answer?.obligations ?? [])].map(({ type }) => type));
  return (Object.keys(MEMBERS) as Coarsening[]).filter((coarsening) => types.has(coarsening));
}

const NONE: readonly Coarsening[] = [];
const obliges = (decision: Passage['decisions']['request']): boolean => decision !== undefined && decision.obligations.length > 0;

/**
 * @param json an answer, or the data of one event of it, that was read before
 * @returns the same text where there is nothing to withhold
 */
export function coarsen(json: string, coarsenings: readonly Coarsening[]): string {
  const due = coarsenings.filter((coarsening) => [...MEMBERS[coarsening]].some((member) => json.includes(`"${member}"`)));
  return due.length === 0 ? json : JSON.stringify(lessOf(JSON.parse(json), due));
}

function lessOf(value: unknown, due: readonly Coarsening[]): unknown {
  if (Array.isArray(value)) return value.map((element) => lessOf(element, due));
  if (typeof value !== 'object' || value === null) return value;
  // By entries, so that a member named `__proto__` stays a member.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, lessOfMember(name, member, due)]));
}

function lessOfMember(name: string, value: unknown, due: readonly Coarsening[]): unknown {
  if (due.includes('strip_logprobs') && MEMBERS.strip_logprobs.has(name)) return Array.isArray(value) ? [] : null;
  if (due.includes('round_scores') && MEMBERS.round_scores.has(name)) return rounded(value);
  return lessOf(value, due);
}

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * STEPS) / STEPS;
  if (Array.isArray(value)) return value.map(rounded);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)])) : value;
}

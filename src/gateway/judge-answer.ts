import type { Decision, Finding } from '../shapes.ts';
import type { Enforcement } from './enforcement.ts';
import type { Passage } from './passage.ts';
import { PolicyRefusal } from './refusals.ts';

/**
 * Adds findings of the answer and decides on all of them so far.
 * @throws PolicyRefusal
 */
export function judgeAnswer({ policies }: Enforcement, passage: Passage, findings: readonly Finding[]): Decision {
  const { principal, read, destination, route, answerParts } = passage;
  if (principal === undefined || read === undefined) throw new Error('An answer is judged before its request was.');
  if (findings.length > 0) passage.findings = [...passage.findings, ...findings];
  const decision = policies.decide({
    exchange: passage.id, principal, model: read.model, upstream: destination?.upstream.entry.name, direction: 'answer', api: route.api, stream: read.stream,
    findings: passage.findings, parts: answerParts, uninspected: passage.uninspected.answer,
  });
  passage.decisions.answer = decision;
  if (decision.effect === 'deny' || decision.effect === 'hold') throw new PolicyRefusal(decision);
  return decision;
}

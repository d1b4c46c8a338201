/** What the gateway uses of policy: pure, no database in reach. */
import { type Decision, type Direction, type Finding } from '../shapes.ts';
import { isDecisive } from './inputs.ts';

export { createPolicyEngine, type PolicyEngine, type PolicyEngineOptions } from './engine.ts';
export { DECISION_CONFIDENCE, type PolicyInput } from './inputs.ts';

/** The findings of a direction that a decision's obligations say to mask. */
export function findingsToMask(decision: Decision, findings: readonly Finding[], direction: Direction): readonly Finding[] {
  const labels = new Set(decision.obligations.flatMap((obligation) => (obligation.type === 'mask' ? obligation.labels : [])));
  return labels.size === 0 ? [] : findings.filter((finding) => isDecisive(finding, direction) && labels.has(finding.label));
}

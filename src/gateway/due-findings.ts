import { findingsToMask } from '#policy/data-plane.ts';
import type { Decision, Direction, Finding } from '../shapes.ts';
import type { PartInspector } from './inspect-parts.ts';
import { cannotMask } from './refusals.ts';

/**
 * The findings that a decision wants replaced.
 * @throws AppError `cannot_mask` (400) when one of them marks only the beginning of what it found (a private key is known by its
 *   first line): replacing that would let the rest pass
 */
export function dueFindings({ marksWhole }: PartInspector, decision: Decision, findings: readonly Finding[], direction: Direction): readonly Finding[] {
  const due = findingsToMask(decision, findings, direction);
  if (due.some(({ kind }) => !marksWhole(kind))) throw cannotMask();
  return due;
}

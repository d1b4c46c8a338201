import { AppError } from '#platform/errors.ts';
import { findingsToMask } from '#policy/data-plane.ts';
import type { Decision, Direction, Finding } from '../shapes.ts';
import type { PartInspector } from './inspect-parts.ts';
import { cannotMask } from './refusals.ts';

/** Each replacement costs about 30 µs in one go (measured); so many of them hold other exchanges up for a tenth of a second at most. */
const REPLACED_MAX = 3_000;

/**
 * The findings that a decision wants replaced.
 * @throws AppError `too_many_to_mask` (400)
 * @throws AppError `cannot_mask` (400) when one of them marks only the beginning of what it found (a private key is known by its
 *   first line): replacing that would let the rest pass
 */
export function dueFindings({ marksWhole }: PartInspector, decision: Decision, findings: readonly Finding[], direction: Direction): readonly Finding[] {
  const due = findingsToMask(decision, findings, direction);
  if (due.some(({ kind }) => !marksWhole(kind))) throw cannotMask();
  if (due.length > REPLACED_MAX) throw new AppError(400, 'too_many_to_mask', `One body may hold at most ${REPLACED_MAX} values that must be replaced. Send it in parts.`);
  return due;
}

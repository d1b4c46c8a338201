/** Why an exchange does not go on, in one shape, whatever raised it. */
import { AppError } from '#platform/errors.ts';
import type { Decision, Outcome } from '../shapes.ts';
import { JsonError } from './json/scan.ts';
import { LimitRefusal } from './limits/limit-refusal.ts';
import { StreamFailure } from './streaming/stream-failure.ts';
import { SseOverflow } from './streaming/sse.ts';
import { UPSTREAM_ERRORS, UpstreamError } from './upstreams/errors.ts';

/** Refused by policy. The message names policies and kinds, never the text. */
export class PolicyRefusal extends AppError {
  readonly decision: Decision;

  constructor(decision: Decision) {
    const isHold = decision.effect === 'hold';
    super(isHold ? 403 : 400, isHold ? 'approval_required' : 'content_policy_violation', messageOf(decision));
    this.name = 'PolicyRefusal';
    this.decision = decision;
  }
}

function messageOf({ effect, reasons }: Decision): string {
  const because = reasons.map(({ message, policy }) => (policy === undefined ? message : `${message} (policy: ${policy})`)).join(' ');
  return effect === 'hold' ? `This call needs an approval. ${because}`.trim() : because || 'No policy permits this call.';
}

export const cannotMask = (): AppError =>
  new AppError(400, 'cannot_mask', 'Personal data stands where it cannot be replaced: in the name of a member or of the model, or in signed text.');

/** What the caller is told and what the record says. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly outcome: Extract<Outcome, 'refused' | 'failed'>;
  /** Further headers, name and value in turn: when to try again. */
  readonly headers?: readonly string[];
}

/** Anything unforeseen is a failure of ours, of which the caller learns no more than that. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof UpstreamError) return { status: error.status, code: error.code, message: error.message, outcome: 'failed' };
  if (error instanceof LimitRefusal) return { status: error.status, code: error.code, message: error.message, outcome: 'refused', headers: error.headers };
  if (error instanceof AppError) return { status: error.status, code: error.code, message: error.message, outcome: 'refused' };
  if (error instanceof JsonError) return { status: 400, code: error.code, message: error.message, outcome: 'refused' };
  return { status: 500, code: 'internal_error', message: 'The gateway failed; nothing more was forwarded.', outcome: 'failed' };
}

/** As `toRefusal`, for what is wrong with an answer: the caller has no part in it. */
export function toAnswerRefusal(error: unknown): Refusal {
  if (error instanceof SseOverflow) return upstreamRefusal('upstream_response_too_large');
  if (error instanceof JsonError) return upstreamRefusal('upstream_invalid_response');
  if (error instanceof StreamFailure) return upstreamRefusal('upstream_error');
  return toRefusal(error);
}

function upstreamRefusal(code: keyof typeof UPSTREAM_ERRORS): Refusal {
  return { status: UPSTREAM_ERRORS[code].status, code, message: UPSTREAM_ERRORS[code].message, outcome: 'failed' };
}

/** The way of one exchange as a list of steps, read off its record. Pure. */
import type { ExchangeDetail, TimedStep } from '../api/types.ts';

export type StepName = TimedStep | 'record';

/** `passed`: nothing had to be done there. `unreached`: the exchange ended before. */
export type StepState = 'done' | 'passed' | 'running' | 'stopped' | 'unreached';

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
  readonly micros: number | undefined;
}

const WAY: readonly TimedStep[] = ['identify', 'admit', 'read', 'inspect', 'decide', 'transform', 'dispatch', 'answer'];

/** Where a refusal or failure with this code happened; a code that is not here happened at the last step that took time. */
const STOPPED_AT: Readonly<Record<string, TimedStep>> = {
  invalid_api_key: 'identify', missing_api_key: 'identify', key_expired: 'identify', key_revoked: 'identify',
  not_found: 'admit', spool_full: 'admit', snapshot_expired: 'admit', snapshot_missing: 'admit', rate_limited: 'admit',
  request_too_large: 'read', invalid_json: 'read', duplicate_key: 'read', invalid_request: 'read', too_deep: 'read', model_not_found: 'read',
  policy_error: 'decide', secret_detected: 'decide', content_policy_violation: 'decide', approval_required: 'decide',
  upstream_unreachable: 'dispatch', upstream_timeout: 'dispatch', upstream_refused: 'dispatch',
};

/** @returns the nine steps in their order; `record` is last and always there, for the record is what this is read from. */
export function stepsOf(exchange: ExchangeDetail): readonly Step[] {
  const end = endOf(exchange);
  const steps = WAY.map((name, index): Step => ({ name, state: stateAt({ exchange, name, index, end }), micros: exchange.times[name] }));
  return [...steps, { name: 'record', state: exchange.state === 'open' ? 'running' : 'done', micros: undefined }];
}

interface Place {
  readonly exchange: ExchangeDetail;
  readonly name: TimedStep;
  readonly index: number;
  readonly end: number;
}

function stateAt({ exchange, name, index, end }: Place): StepState {
  if (index > end) return 'unreached';
  if (index === end && exchange.state === 'open') return 'running';
  if (index === end && exchange.outcome !== 'answered') return 'stopped';
  if (name === 'transform' && exchange.effect !== 'transform') return 'passed';
  // Without any times (open, or interrupted) only the order tells.
  return Object.keys(exchange.times).length === 0 || exchange.times[name] !== undefined ? 'done' : 'passed';
}

/** Index of the last step that was reached. */
function endOf(exchange: ExchangeDetail): number {
  if (exchange.outcome === 'answered') return WAY.length - 1;
  // An opened record is written right before dispatch: that much is sure of an exchange that has not closed, or never did.
  if (exchange.state === 'open' || exchange.outcome === 'interrupted') return WAY.indexOf('dispatch');
  const known = [...exchange.reasons.map((reason) => reason.code), exchange.error ?? ''].map((code) => STOPPED_AT[code]).find((step) => step !== undefined);
  const timed = WAY.findLastIndex((step) => exchange.times[step] !== undefined);
  // A time further on is stronger than the code: a timeout may come in the middle of an answer.
  return Math.max(known === undefined ? 0 : WAY.indexOf(known), timed);
}

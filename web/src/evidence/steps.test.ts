import { describe, expect, it } from 'vitest';
import type { ExchangeDetail } from '../api/types.ts';
import { stepsOf } from './steps.ts';

const answered: ExchangeDetail = {
  id: 'exc_1', receivedAt: '2026-11-23T12:00:00.000Z', closedAt: '2026-11-23T12:00:01.000Z', state: 'closed', api: 'openai.chat_completions', outcome: 'answered', status: 200,
  effect: 'transform', reasons: [], findings: [], masked: 1, restored: 1, gateway: { id: 'gtw_1', name: 'local' }, epoch: 'e', sequence: { opened: 1, closed: 2 }, obligations: [], stream: false, method: 'POST',
  path: '/v1/chat/completions', times: { identify: 5, admit: 2, read: 40, inspect: 90, decide: 12, transform: 20, dispatch: 400, answer: 600, total: 1200 },
};

const states = (exchange: ExchangeDetail) => stepsOf(exchange).map((step) => `${step.name} ${step.state}`);

describe('stepsOf', () => {
  it('walks all nine steps of an answered exchange, with their times', () => {
    expect(stepsOf(answered).map((step) => step.state)).toEqual(Array.from({ length: 9 }, () => 'done'));
    expect(stepsOf(answered).find((step) => step.name === 'inspect')?.micros).toBe(90);
  });

  it('says that nothing had to be transformed where a call was permitted', () => {
    expect(states({ ...answered, effect: 'permit' })).toContain('transform passed');
  });

  it('stops a refused secret at decide', () => {
    const refused: ExchangeDetail = { ...answered, outcome: 'refused', effect: 'deny', status: 400, reasons: [{ code: 'secret_detected', policy: 'secrets', message: 'A secret was found.' }], times: { identify: 5, read: 4, inspect: 9, decide: 3 } };
    expect(states(refused)).toEqual(['identify done', 'admit passed', 'read done', 'inspect done', 'decide stopped', 'transform unreached', 'dispatch unreached', 'answer unreached', 'record done']);
  });

  it('stops an unknown key at identify', () => {
    const unknown: ExchangeDetail = { ...answered, outcome: 'refused', effect: 'deny', status: 401, reasons: [{ code: 'invalid_api_key', message: 'No such key.' }], times: {} };
    expect(states(unknown).slice(0, 2)).toEqual(['identify stopped', 'admit unreached']);
  });

  it('stops at the answer when the upstream broke off in its midst, whatever the code', () => {
    const broken = { ...answered, outcome: 'failed', error: 'upstream_timeout' } as const;
    expect(states(broken)).toContain('answer stopped');
  });

  it('stops at dispatch when the upstream was not reached', () => {
    const { answer: _answer, dispatch: _dispatch, ...times } = answered.times;
    expect(states({ ...answered, outcome: 'failed', error: 'upstream_unreachable', times })).toContain('dispatch stopped');
  });

  it('runs at dispatch while open, and stopped there when its gateway died', () => {
    const { outcome: _outcome, ...untimed } = { ...answered, times: {} };
    expect(states({ ...untimed, state: 'open' })).toEqual(expect.arrayContaining(['decide done', 'dispatch running', 'answer unreached', 'record running']));
    expect(states({ ...untimed, outcome: 'interrupted' })).toEqual(expect.arrayContaining(['dispatch stopped', 'record done']));
  });
});

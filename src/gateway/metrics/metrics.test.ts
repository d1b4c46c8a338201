import { request } from 'node:http';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { listenForMetrics, type MetricsListener } from '#platform/metrics-listener.ts';
import type { ClosedRecord } from '../../shapes.ts';
import { createExchangeMetrics } from './exchange-metrics.ts';
import { registerGatewayMetrics } from './gateway-metrics.ts';

const RECORD: ClosedRecord = {
  v: 1, phase: 'closed', exchange: '01a2099b-5f08-76a3-86ec-2d346124aef0', at: '2026-11-23T18:00:01.000Z', receivedAt: '2026-11-23T18:00:00.000Z', api: 'openai.chat_completions', method: 'POST',
  path: '/v1/chat/completions', keyName: 'canary-key', applicationName: 'canary-application', purpose: 'canary-purpose', model: 'canary-model', clientRequestId: 'canary-id', upstream: 'openai-eu', outcome: 'answered', status: 200,
  effect: 'transform', reasons: [], obligations: ['mask'], masked: 2, restored: 2, findings: [{ direction: 'request', detector: 'sensitive/iban', kind: 'iban', label: 'personal_data', count: 2, confidence: 1, roles: ['user'] }],
  usage: { inputTokens: 9, outputTokens: 7 }, bytes: { request: 1, answer: 1 }, times: { identify: 10, transform: 40, dispatch: 900, total: 1_000 },
  versions: { software: '0', snapshotSerial: 1, policies: '', detectors: '' },
};

describe('metrics of exchanges', () => {
  it('count what records say', async () => {
    const registry = new Registry();
    const observe = createExchangeMetrics(registry);
    observe(RECORD);
    observe({ ...RECORD, outcome: 'failed', error: 'upstream_unreachable', attempts: [{ upstream: 'openai-eu', code: 'upstream_status_503', ms: 3 }, { upstream: 'own', code: 'upstream_unreachable', ms: 1 }] });
    const text = await registry.metrics();
    expect(text).toContain('sallyport_exchanges_total{api="openai.chat_completions",outcome="answered",effect="transform"} 1');
    expect(text).toContain('sallyport_refusals_total{code="upstream_unreachable"} 1');
    expect(text).toContain('sallyport_findings_total{direction="request",kind="iban"} 4');
    expect(text).toContain('sallyport_upstream_attempts_total{upstream="openai-eu",code="answered"} 1');
    expect(text).toContain('sallyport_upstream_attempts_total{upstream="own",code="upstream_unreachable"} 1');
    expect(text).toContain('sallyport_tokens_total{direction="answer"} 14');
    expect(text).toContain('sallyport_added_seconds_bucket{le="0.00025"} 2');
  });

  it('hold nothing that a caller wrote, and no end of series', async () => {
    const registry = new Registry();
    const observe = createExchangeMetrics(registry);
    for (let n = 0; n < 1_000; n++) observe({ ...RECORD, upstream: `upstream-${n}`, error: `code_${n}` });
    const text = await registry.metrics();
    expect(text).not.toContain('canary');
    expect(text).toContain('upstream="other"');
    expect(text.split('\n').length).toBeLessThan(1_500);
  });
});

describe('the listener', () => {
  let listener: MetricsListener | undefined;
  afterEach(() => listener?.close());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port: listener?.port, path, method, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      }).on('error', reject).end();
    });

  it('gives metrics to this machine, and to no page that came here by a name', async () => {
    const registry = new Registry();
    let upstreams = [{ id: 'u', name: 'own', state: 'failing' as const, since: '', circuit: 'open' as const, inFlight: 3 }];
    const state = () => ({ version: '1', serial: 7, epoch: '', inFlight: 2, spool: { bytes: 5, unsent: 4, stopped: false }, upstreams });
    registerGatewayMetrics(registry, () => [{ gateway: 'gateway-1', state: state() }]);
    listener = await listenForMetrics(registry, 0);
    const { status, body } = await get('/metrics');
    expect(status).toBe(200);
    expect(body).toContain('sallyport_exchanges_in_flight{gateway="gateway-1"} 2');
    expect(body).toContain('sallyport_upstream_circuit_open{gateway="gateway-1",upstream="own"} 1');
    upstreams = [];
    expect((await get('/metrics')).body).not.toContain('upstream="own"');
    expect((await get('/metrics', { host: 'evil.example' })).status).toBe(421);
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', {}, 'POST')).status).toBe(404);
  });
});

/** What exchanges come to, counted from their records. Labels hold words of closed lists and of the configuration, never a caller's. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { ClosedRecord, StepTimes } from '../../shapes.ts';

/** Seconds; from what the gateway adds to what a long answer takes. */
const BUCKETS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300];

/** Upstreams, kinds of findings and codes are configured or built in; more than so many of one are counted as `other`. */
const WORDS_MAX = 200;

/** @returns to be called with each record of an end */
export function createExchangeMetrics(registry: Registry): (record: ClosedRecord) => void {
  const registers = [registry];
  const exchanges = new Counter({ name: 'sallyport_exchanges_total', help: 'Exchanges that ended.', labelNames: ['api', 'outcome', 'effect'], registers });
  const reasons = new Counter({ name: 'sallyport_refusals_total', help: 'Exchanges that did not end well, by what stopped them.', labelNames: ['code'], registers });
  const findings = new Counter({ name: 'sallyport_findings_total', help: 'What detectors found.', labelNames: ['direction', 'kind'], registers });
  const masked = new Counter({ name: 'sallyport_masked_values_total', help: 'Values replaced on their way out.', registers });
  const tokens = new Counter({ name: 'sallyport_tokens_total', help: 'Tokens as upstreams count them.', labelNames: ['direction'], registers });
  const attempts = new Counter({ name: 'sallyport_upstream_attempts_total', help: 'Tries to have an exchange answered.', labelNames: ['upstream', 'code'], registers });
  const seconds = new Histogram({ name: 'sallyport_exchange_seconds', help: 'From receipt to the last byte.', labelNames: ['api'], buckets: BUCKETS, registers });
  const added = new Histogram({ name: 'sallyport_added_seconds', help: 'What the gateway does before it dispatches: identify, admit, read, inspect, decide, transform.', buckets: BUCKETS, registers });
  const upstream = createVocabulary();
  const kind = createVocabulary();
  const code = createVocabulary();

  return (record) => {
    const { api, outcome, effect, times, usage } = record;
    exchanges.inc({ api, outcome, effect });
    if (record.error !== undefined) reasons.inc({ code: code(record.error) });
    for (const finding of record.findings) findings.inc({ direction: finding.direction, kind: kind(finding.kind) }, finding.count);
    masked.inc(record.masked);
    if (usage !== undefined) {
      tokens.inc({ direction: 'request' }, usage.inputTokens);
      tokens.inc({ direction: 'answer' }, usage.outputTokens);
    }
    for (const attempt of record.attempts ?? oneAttempt(record)) attempts.inc({ upstream: upstream(attempt.upstream), code: code(attempt.code) });
    if (times.total !== undefined) seconds.observe({ api }, times.total / 1e6);
    if (times.transform !== undefined) added.observe(ADDED.reduce((sum, step) => sum + (times[step] ?? 0), 0) / 1e6);
  };
}

const ADDED = ['identify', 'admit', 'read', 'inspect', 'decide', 'transform'] as const satisfies readonly (keyof StepTimes)[];

/** A record says nothing of attempts where there was one; it was made if the exchange got as far as its dispatch. */
function oneAttempt({ upstream, times, error }: ClosedRecord): readonly { readonly upstream: string; readonly code: string }[] {
  return upstream === undefined || times.transform === undefined ? [] : [{ upstream, code: error ?? 'answered' }];
}

/** Keeps the number of series bounded whatever the records hold. */
function createVocabulary(): (word: string) => string {
  const known = new Set<string>();
  return (word) => {
    if (known.size < WORDS_MAX) known.add(word);
    return known.has(word) ? word : 'other';
  };
}

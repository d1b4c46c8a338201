import { createPolicyEngine, type PolicyInput } from '#policy/data-plane.ts';
import { readBuiltInPolicies } from '../src/policy/built-in.ts';
import type { Finding, PolicyEntry } from '../src/shapes.ts';
import type { BenchResult } from './run.ts';

const SCOPE = 'principal, action == Action::"exchange", resource';
const entry = (name: string, cedar: string): PolicyEntry => ({ id: name, name, cedar, mode: 'enforce', sharePercent: 100 });
const builtIns = readBuiltInPolicies().map(({ name, cedar }) => entry(name, cedar));
/** Twenty more statements that read everything that can be read, so that nothing is left out of the question. */
const many = Array.from({ length: 20 }, (_, i) => entry(`own-${i}`, `@id("own") forbid (${SCOPE}) when {
  resource.name == "m-${i}" && principal.purpose == "p-${i}" && resource.upstream == "u" && context.kinds.contains("k") && context.api == Api::"unclassified" && context.roles.contains(Role::"tool_result")
};`));

const finding: Finding = { part: 0, direction: 'request', detector: 'sensitive/email_address', kind: 'email_address', label: 'personal_data', start: 0, end: 1, confidence: 1 };
const input = (model: string): PolicyInput => ({
  exchange: 'e', principal: { keyId: 'k', keyName: 'k', applicationId: '0192f0c1-0000-7000-8000-000000000001', applicationName: 'helpdesk', purpose: 'support' },
  model, upstream: 'cloud', direction: 'request', api: 'openai.chat_completions', stream: true, findings: [finding], parts: [{ role: 'user', trust: 'user' }],
});

/** Microseconds of this process's CPU time for one call, after warming. */
function cpuMicroseconds(calls: number, work: (i: number) => void): number {
  for (let i = 0; i < calls; i++) work(i);
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) work(calls + i);
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) / calls) * 100) / 100;
}

/** What a decision costs: found in the cache, and asked of Cedar. */
export async function bench(): Promise<BenchResult> {
  const [own, all] = [createPolicyEngine(builtIns), createPolicyEngine([...builtIns, ...many])];
  const [ownMissing, allMissing] = [createPolicyEngine(builtIns, { cacheEntries: 0 }), createPolicyEngine([...builtIns, ...many], { cacheEntries: 0 })];
  const asked = input('gpt');
  const inputs = Array.from({ length: 4_000 }, (_, i) => input(`model ${i}`));
  const started = process.cpuUsage();
  for (let i = 0; i < 20; i++) createPolicyEngine([...builtIns, ...many]);
  const made = process.cpuUsage(started);
  return {
    bench: 'policy',
    figures: {
      hit_us: cpuMicroseconds(200_000, () => own.decide(asked)),
      hit_24_statements_us: cpuMicroseconds(200_000, () => all.decide(asked)),
      miss_us: cpuMicroseconds(4_000, () => ownMissing.decide(asked)),
      miss_24_statements_us: cpuMicroseconds(4_000, (i) => allMissing.decide(inputs[i % inputs.length] as PolicyInput)),
      engine_24_statements_ms: Math.round((made.user + made.system) / 20 / 10) / 100,
    },
  };
}

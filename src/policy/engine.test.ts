import fc from 'fast-check';
import { isAuthorized, type CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { toPublicId } from '#platform/ids.ts';
import type { Api, Decision, Direction, Finding, Label, Part, Payload, PolicyEntry, PolicyMode, Principal, Role, Trust } from '../shapes.ts';
import { readBuiltInPolicies } from './built-in.ts';
import { SCHEMA } from './cedar.ts';
import { createPolicyEngine, findingsToMask, type PolicyInput } from './data-plane.ts';

const APPLICATION = '0192f0c1-0000-7000-8000-000000000001';
const PRINCIPAL: Principal = { keyId: 'k', keyName: 'key', applicationId: APPLICATION, applicationName: 'helpdesk', purpose: 'support' };
const SCOPE = 'principal, action == Action::"exchange", resource';

const entry = (name: string, cedar: string, mode: PolicyMode = 'enforce', sharePercent = 100): PolicyEntry => ({ id: name, name, cedar, mode, sharePercent });
const builtIns = (): PolicyEntry[] => readBuiltInPolicies().map(({ name, cedar }) => entry(name, cedar));
const finding = (label: Label, overrides: Partial<Finding> = {}): Finding => ({
  part: 0, direction: 'request', detector: 'sensitive/x', kind: label === 'secret' ? 'github_token' : 'email_address', label, start: 0, end: 1, confidence: 1, ...overrides,
});
const input = (overrides: Partial<PolicyInput> = {}): PolicyInput => ({
  exchange: '0192f0c1-0000-7000-8000-0000000000ff', principal: PRINCIPAL, model: 'gpt', direction: 'request', api: 'openai.chat_completions', stream: false, findings: [], ...overrides,
});
const decide = (entries: readonly PolicyEntry[], overrides: Partial<PolicyInput> = {}): Decision => createPolicyEngine(entries).decide(input(overrides));
const codes = (decision: Decision | Decision['observed']): string[] => (decision?.reasons ?? []).map(({ code }) => code);

describe('the built-in policies', () => {
  it('permit what holds nothing', () => {
    expect(decide(builtIns())).toEqual({ effect: 'permit', reasons: [], obligations: [] });
  });

  it('mask personal data in a request, with the reason', () => {
    const decision = decide(builtIns(), { findings: [finding('personal_data')] });
    expect(decision.effect).toBe('transform');
    expect(decision.obligations).toEqual([{ type: 'mask', labels: ['personal_data'], policy: 'default-personal-data' }]);
    expect(decision.reasons).toEqual([expect.objectContaining({ code: 'personal_data_masked', policy: 'default-personal-data' })]);
  });

  it('only record personal data in an answer', () => {
    expect(decide(builtIns(), { direction: 'answer', findings: [finding('personal_data', { direction: 'answer' })] })).toEqual({ effect: 'permit', reasons: [], obligations: [] });
  });

  it.each(['request', 'answer'] as const)('refuse a secret in the %s', (direction) => {
    const decision = decide(builtIns(), { direction, findings: [finding('secret', { direction }), finding('personal_data', { direction })] });
    expect(decision).toEqual({ effect: 'deny', obligations: [], reasons: [expect.objectContaining({ code: 'secret_detected', policy: 'default-secrets' })] });
  });

  it('pass over findings of the other direction and those that are not confident', () => {
    const findings = [finding('secret', { direction: 'answer' }), finding('secret', { confidence: 0.49 }), finding('personal_data', { confidence: 0.2 })];
    expect(decide(builtIns(), { findings }).effect).toBe('permit');
    expect(decide(builtIns(), { findings: [finding('secret', { confidence: 0.5 })] }).effect).toBe('deny');
  });
});

describe('decide', () => {
  const base = entry('base', `@id("base") permit (${SCOPE});`);

  it('denies when nothing permits', () => {
    expect(codes(decide([]))).toEqual(['not_permitted']);
    expect(decide([entry('legal', `@id("a") permit (${SCOPE}) when { principal.purpose == "legal" };`)]).effect).toBe('deny');
  });

  it('lets a forbid beat every permit, and names every forbid that applied', () => {
    const decision = decide([base, entry('b', `@id("x") @reason("one") forbid (${SCOPE}); @id("y") @reason("two") @message("No.") forbid (${SCOPE});`), entry('c', `@id("x") forbid (${SCOPE});`)]);
    expect(decision).toEqual({
      effect: 'deny', obligations: [],
      reasons: [
        { code: 'one', policy: 'b', message: 'A policy forbids this exchange.' }, { code: 'two', policy: 'b', message: 'No.' },
        { code: 'forbidden_by_policy', policy: 'c', message: 'A policy forbids this exchange.' },
      ],
    });
  });

  it('holds, unless something denies', () => {
    const hold = entry('hold', `@id("h") @hold("approval_required") forbid (${SCOPE});`);
    expect(decide([base, hold])).toMatchObject({ effect: 'hold', reasons: [{ code: 'approval_required', policy: 'hold' }] });
    expect(codes(decide([base, hold, entry('no', `@id("n") @reason("no") forbid (${SCOPE});`)]))).toEqual(['no']);
  });

  it('leaves out an obligation that finds nothing to act on', () => {
    const always = entry('mask', `@id("m") @obligation("mask") @labels("secret") permit (${SCOPE});`);
    expect(decide([always]).effect).toBe('permit');
    expect(decide([always], { findings: [finding('personal_data')] }).effect).toBe('permit');
    expect(decide([always], { findings: [finding('secret')] })).toMatchObject({ effect: 'transform', reasons: [], obligations: [{ labels: ['secret'] }] });
  });

  it.each<[what: string, condition: string, overrides: Partial<PolicyInput>]>([
    ['application', `principal == Application::"${toPublicId('app', APPLICATION)}"`, {}],
    ['application name', 'principal.name like "help*"', {}],
    ['purpose', 'principal.purpose == "support"', {}],
    ['model', 'resource == Model::"gpt"', {}],
    ['model name', 'resource.name == "gpt"', {}],
    ['upstream', 'resource.upstream == "cloud"', { upstream: 'cloud' }],
    ['api', 'context.api == Api::"openai.chat_completions"', {}],
    ['stream', 'context.stream', { stream: true }],
    ['kinds', 'context.kinds.contains("email_address")', { findings: [finding('personal_data')] }],
    ['roles and trusts', 'context.roles == [Role::"tool_result"] && context.trusts == [Trust::"tool"]', { findings: [finding('secret')], parts: [{ role: 'tool_result', trust: 'tool' }] }],
    ['an unknown part', 'context.roles == [Role::"unknown"] && context.trusts == [Trust::"untrusted"]', { findings: [finding('secret', { part: 7 })], parts: [] }],
    ['the whole context', '[context].contains(context)', {}],
  ])('can speak of %s', (_what, condition, overrides) => {
    const policy = [base, entry('p', `@id("p") @reason("applies") forbid (${SCOPE}) when { ${condition} };`)];
    expect(codes(decide(policy, overrides))).toEqual(['applies']);
    const other: Partial<PolicyInput> = { principal: { ...PRINCIPAL, applicationId: APPLICATION.replace(/1$/, '2'), applicationName: 'x', purpose: 'x' }, model: 'x', api: 'unclassified' };
    if (condition !== '[context].contains(context)') expect(decide(policy, other).effect).toBe('permit');
  });

  it('tells questions apart in one engine as if it were new for each', () => {
    const engine = createPolicyEngine([base, entry('p', `@id("p") @reason("legal_only") forbid (${SCOPE}) when { resource.name == "big" } unless { principal.purpose == "legal" };`)]);
    const ask = (model: string, purpose: string): string[] => codes(engine.decide(input({ model, principal: { ...PRINCIPAL, purpose } })));
    for (let round = 0; round < 2; round++) {
      expect(ask('big', 'support')).toEqual(['legal_only']);
      expect(ask('big', 'legal')).toEqual([]);
      expect(ask('small', 'support')).toEqual([]);
    }
  });
});

describe('failure', () => {
  it('denies everything when an entry cannot be read, and names it', () => {
    for (const cedar of ['permit everything', `@id("a") forbid (${SCOPE}) when { context.nothing };`, `@id("a") forbid (${SCOPE}) when { context.stream && context.nothing };`, '']) {
      expect(decide([...builtIns(), entry('broken', cedar)])).toEqual({ effect: 'deny', obligations: [], reasons: [expect.objectContaining({ code: 'policy_error', policy: 'broken' })] });
    }
  });

  it('denies when a statement fails while it is evaluated, which Cedar by itself would skip', () => {
    const overflow = entry('overflow', `@id("o") @reason("never_reached") forbid (${SCOPE}) when { 9223372036854775807 + (if context.stream then 1 else 0) > 0 && resource.name == "other" };`);
    const policies = [...builtIns().slice(0, 1), overflow];
    expect(createPolicyEngine(policies).decide(input({ stream: false })).effect).toBe('permit');
    expect(createPolicyEngine(policies).decide(input({ stream: true }))).toEqual({ effect: 'deny', obligations: [], reasons: [expect.objectContaining({ code: 'policy_error', policy: 'overflow' })] });
    const observed = createPolicyEngine([...builtIns().slice(0, 1), { ...overflow, mode: 'observe' }]).decide(input({ stream: true }));
    expect(observed.effect).toBe('permit');
    expect(codes(observed.observed)).toEqual(['policy_error']);
  });

  it('denies when the input itself is not what it should be', () => {
    const engine = createPolicyEngine(builtIns());
    for (const bad of [undefined, null, {}, input({ principal: undefined as never }), input({ findings: [null as never] }), input({ direction: { toJSON: () => { throw new Error('x'); } } as never })]) {
      expect(codes(engine.decide(bad as never))).toEqual(['policy_error']);
    }
  });

  it('never throws', () => {
    const engine = createPolicyEngine([...builtIns(), entry('names', `@id("n") forbid (${SCOPE}) when { resource.name == "x" || principal.name == "y" || context.kinds.contains("z") };`)]);
    fc.assert(fc.property(fc.anything(), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (anything, text, kind) => {
      expect(['permit', 'transform', 'hold', 'deny']).toContain(engine.decide(input({ model: text, upstream: text, findings: [finding('secret', { kind })] })).effect);
      expect(engine.decide(anything as never).effect).toBe('deny');
    }), { numRuns: 300 });
  });
});

describe('modes', () => {
  const secrets = (mode: PolicyMode, share = 100): PolicyEntry[] => builtIns().map((policy) => (policy.name === 'default-secrets' ? { ...policy, mode, sharePercent: share } : policy));
  const findings = [finding('secret')];

  it('records what an observed policy would have done, and does not do it', () => {
    const decision = decide(secrets('observe'), { findings });
    expect(decision.effect).toBe('permit');
    expect(decision.observed).toMatchObject({ effect: 'deny', reasons: [{ code: 'secret_detected' }] });
  });

  it('says nothing of observed policies that would change nothing', () => {
    expect(decide(secrets('observe'))).not.toHaveProperty('observed');
    expect(decide(secrets('enforce'), { findings })).not.toHaveProperty('observed');
  });

  it('grants nothing by an observed permit', () => {
    const decision = decide([entry('open', `@id("o") permit (${SCOPE});`, 'observe')]);
    expect(decision.effect).toBe('deny');
    expect(decision.observed?.effect).toBe('permit');
  });

  it('is in force for about the share of exchanges, always the same ones', () => {
    const engine = createPolicyEngine(secrets('share', 30));
    const again = createPolicyEngine(secrets('share', 30));
    let denied = 0;
    for (let i = 0; i < 4_000; i++) {
      const asked = input({ exchange: `exchange ${i}`, findings });
      const decision = engine.decide(asked);
      expect(again.decide(asked)).toEqual(decision);
      if (decision.effect === 'deny') denied++;
      else expect(decision.observed?.effect).toBe('deny');
    }
    expect(denied).toBeGreaterThan(1_080);
    expect(denied).toBeLessThan(1_320);
  });

  it('judges request and answer of an exchange alike', () => {
    const engine = createPolicyEngine(secrets('share', 50));
    for (let i = 0; i < 50; i++) {
      const effects = (['request', 'answer'] as const).map((direction) => engine.decide(input({ exchange: `e${i}`, direction, findings: [finding('secret', { direction })] })).effect);
      expect(effects[0]).toBe(effects[1]);
    }
  });

  it.each([[0, 'permit'], [100, 'deny']] as const)('takes a share of %i %% at its word', (share, effect) => {
    const engine = createPolicyEngine(secrets('share', share));
    for (let i = 0; i < 50; i++) expect(engine.decide(input({ exchange: `e${i}`, findings })).effect).toBe(effect);
  });
});

describe('the engine', () => {
  it('has a digest that changes with every change of the entries', () => {
    const digests = [builtIns(), builtIns().slice(1), builtIns().map((policy) => ({ ...policy, mode: 'observe' as const })), builtIns().map((policy) => ({ ...policy, sharePercent: 3 }))].map(
      (entries) => createPolicyEngine(entries).digest,
    );
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(createPolicyEngine(builtIns()).digest).toBe(digests[0]);
  });

  it('goes on deciding right while many others are made', () => {
    const named = (name: string): PolicyEntry[] => [entry('base', `@id("base") permit (${SCOPE});`), entry(name, `@id("f") @reason("${name}") forbid (${SCOPE}) when { resource.name == "${name}" };`)];
    const engines = Array.from({ length: 20 }, (_, i) => createPolicyEngine(named(`policy_${i}`), { cacheEntries: 1 }));
    for (let round = 0; round < 3; round++) {
      for (const [i, engine] of engines.entries()) {
        expect(codes(engine.decide(input({ model: `policy_${i}` })))).toEqual([`policy_${i}`]);
        expect(codes(engine.decide(input({ model: `policy_${i + 1}` })))).toEqual([]);
      }
    }
  });

  it('evaluates as long a condition as may be saved', () => {
    const names = Array.from({ length: 145 }, (_, i) => `resource.name == "model-${i}"`).join(' || ');
    const engine = createPolicyEngine([entry('base', `@id("base") permit (${SCOPE});`), entry('long', `@id("l") @reason("listed") forbid (${SCOPE}) when { ${names} };`)]);
    expect(codes(engine.decide(input({ model: 'model-144' })))).toEqual(['listed']);
    expect(engine.decide(input({ model: 'model-145' })).effect).toBe('permit');
  });

  it('forgets decisions at its bound and stays right', () => {
    const engine = createPolicyEngine([entry('base', `@id("base") permit (${SCOPE});`), entry('m', `@id("m") @reason("odd") forbid (${SCOPE}) when { resource.name like "*1" };`)], { cacheEntries: 4 });
    for (let i = 0; i < 100; i++) expect(engine.decide(input({ model: `m${i % 12}` })).effect).toBe(`m${i % 12}`.endsWith('1') ? 'deny' : 'permit');
    expect(engine.decide(input({ model: `${'x'.repeat(100_000)}1` })).effect).toBe('deny');
  });
});

describe('the schema', () => {
  const WORDS = {
    Direction: { request: true, answer: true } satisfies Record<Direction, true>,
    Api: {
      'openai.chat_completions': true, 'openai.responses': true, 'openai.completions': true, 'openai.embeddings': true, 'openai.moderations': true, 'openai.models': true,
      'anthropic.messages': true, 'anthropic.count_tokens': true, 'anthropic.models': true, unclassified: true,
    } satisfies Record<Api, true>,
    Payload: { image: true, audio: true, file: true, tokens: true, encrypted: true, vector: true } satisfies Record<Payload, true>,
    Label: { personal_data: true, secret: true } satisfies Record<Label, true>,
    Role: {
      system: true, user: true, assistant: true, tool_result: true, tool_definition: true, tool_arguments: true, reasoning: true, document: true, parameter: true, unknown: true,
    } satisfies Record<Role, true>,
    Trust: { operator: true, user: true, tool: true, document: true, model: true, untrusted: true } satisfies Record<Trust, true>,
  };

  it.each(Object.entries(WORDS))('knows every word of %s and no other', (type, words) => {
    const declared = new RegExp(`entity ${type} enum \\[([^\\]]*)\\]`).exec(SCHEMA)?.[1] ?? '';
    expect([...declared.matchAll(/"([^"]*)"/g)].map((match) => match[1]).sort()).toEqual(Object.keys(words).sort());
  });
});

describe('findingsToMask', () => {
  it('gives the decisive findings that an obligation names', () => {
    const email = finding('personal_data');
    const findings = [email, finding('secret'), finding('personal_data', { confidence: 0.1 }), finding('personal_data', { direction: 'answer' })];
    expect(findingsToMask(decide(builtIns().slice(0, 2), { findings }), findings, 'request')).toEqual([email]);
    expect(findingsToMask(decide(builtIns(), { findings: [] }), findings, 'request')).toEqual([]);
  });
});

/** Statements that read this and that, with what Cedar itself makes of the same question in full. */
const CONDITIONS = [
  'context.stream', 'context.direction == Direction::"answer"', 'principal.purpose == "legal"', 'principal.name == "n1" || resource.name == "m1"', 'resource == Model::"m2"',
  'resource.upstream like "u*"', 'context.labels.containsAny([Label::"secret"])', 'context.kinds.isEmpty()', 'context.roles.contains(Role::"user") && context.api == Api::"unclassified"',
  'context.trusts == [Trust::"tool"]', 'context.uninspected.contains(Payload::"image")', `principal in Application::"${toPublicId('app', APPLICATION)}"`, '(if context.stream then principal else principal).name == "n2"', '[context.kinds, context.kinds].contains(context.kinds)',
];

const parts: Pick<Part, 'role' | 'trust'>[] = [{ role: 'user', trust: 'user' }, { role: 'tool_result', trust: 'tool' }];

const SCOPES = [
  SCOPE, 'principal, action, resource == Model::"m1"', 'principal, action, resource in Model::"m2"', 'principal is Application, action in [Action::"exchange"], resource is Model',
  `principal == Application::"${toPublicId('app', APPLICATION)}", action, resource`, `principal is Application in Application::"${toPublicId('app', APPLICATION)}", action, resource`,
];

const statement = fc.record({ forbid: fc.boolean(), scope: fc.constantFrom(...SCOPES), conditions: fc.array(fc.record({ text: fc.constantFrom(...CONDITIONS), unless: fc.boolean() }), { maxLength: 2 }) });
const question = fc.record({
  stream: fc.boolean(), direction: fc.constantFrom('request' as const, 'answer' as const), api: fc.constantFrom('unclassified' as const, 'openai.models' as const),
  model: fc.constantFrom('m1', 'm2', ''), upstream: fc.constantFrom(undefined, 'u1', 'v'), applicationName: fc.constantFrom('n1', 'n2'), purpose: fc.constantFrom('legal', 'x'),
  uninspected: fc.constantFrom(undefined, new Set<Payload>(['image']), new Set<Payload>(['image', 'file'])), own: fc.boolean(), found: fc.array(fc.record({ label: fc.constantFrom('secret' as const, 'personal_data' as const), kind: fc.constantFrom('iban', 'k'), part: fc.nat(2) }), { maxLength: 2 }),
});

describe('compared with Cedar itself', () => {
  it('decides as Cedar does on the whole question', () => {
    fc.assert(fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), fc.array(question, { minLength: 1, maxLength: 6 }), (statements, questions) => {
      const cedar = statements.map(({ forbid, scope, conditions }, i) =>
        `@id("s${i}") ${forbid ? 'forbid' : 'permit'} (${scope}) ${conditions.map(({ text, unless }) => `${unless ? 'unless' : 'when'} { ${text} }`).join(' ')};`).join('\n');
      const engine = createPolicyEngine([entry('p', cedar)]);
      for (const asked of questions) {
        const { found, own, applicationName, purpose, ...rest } = asked;
        const principal = { ...PRINCIPAL, applicationName, purpose, applicationId: own ? APPLICATION : APPLICATION.replace(/1$/, '2') };
        const full = input({ ...rest, principal, parts, findings: found.map(({ label, kind, part }) => finding(label, { kind, part, direction: rest.direction })) });
        expect(engine.decide(full).effect === 'deny' ? 'deny' : 'allow').toBe(cedarsDecision(cedar, full));
      }
    }), { numRuns: 150 });
  });
});

function cedarsDecision(cedar: string, { principal, model, upstream, direction, api, stream, findings, parts: given = [], uninspected = new Set() }: PolicyInput): string {
  const application = { type: 'Application', id: toPublicId('app', principal.applicationId) };
  const resource = { type: 'Model', id: model };
  const word = (type: string, id: string): CedarValueJson => ({ __entity: { type, id } });
  const answer = isAuthorized({
    principal: application, resource, action: { type: 'Action', id: 'exchange' }, policies: { staticPolicies: cedar },
    context: {
      direction: word('Direction', direction), api: word('Api', api), stream,
      kinds: findings.map(({ kind }) => kind), labels: findings.map(({ label }) => word('Label', label)),
      roles: findings.map(({ part }) => word('Role', given[part]?.role ?? 'unknown')), trusts: findings.map(({ part }) => word('Trust', given[part]?.trust ?? 'untrusted')),
      uninspected: [...uninspected].map((payload) => word('Payload', payload)),
    },
    entities: [
      { uid: application, attrs: { name: principal.applicationName, purpose: principal.purpose }, parents: [] },
      { uid: resource, attrs: { name: model, upstream: upstream ?? '' }, parents: [] },
    ],
  });
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  return answer.response.decision;
}

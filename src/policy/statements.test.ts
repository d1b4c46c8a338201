import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBuiltInPolicies } from './built-in.ts';
import { readStatements } from './statements.ts';
import { describePolicy, validatePolicy } from './validate-policy.ts';

const SCOPE = 'principal, action == Action::"exchange", resource';
const messages = (cedar: string): string[] => validatePolicy(cedar).map(({ message }) => message);

describe('readStatements', () => {
  it('reads what the annotations ask for', () => {
    const read = readStatements(`
      @id("b-refuse") @reason("no_iban") @message("No accounts.") forbid (${SCOPE}) when { context.kinds.contains("iban") };
      @id("a-mask") @description("Masks.") @obligation("mask") @labels("personal_data secret") @reason("masked") permit (${SCOPE});
      @id("c-hold") @description("Asks.") @hold("approval_required") forbid (${SCOPE}) when { principal.purpose == "legal" };
      @id("d") permit (${SCOPE});
    `);
    expect(read.ok && read.description).toBe('Masks. Asks.');
    expect(read.ok && read.statements.map(({ id, does }) => [id, does])).toEqual([
      ['a-mask', { type: 'mask', labels: ['personal_data', 'secret'], reason: { code: 'masked', message: 'Parts of the text were replaced.' } }],
      ['b-refuse', { type: 'deny', reason: { code: 'no_iban', message: 'No accounts.' } }],
      ['c-hold', { type: 'hold', reason: { code: 'approval_required', message: 'This exchange needs an approval.' } }],
      ['d', { type: 'permit' }],
    ]);
  });

  it.each(readBuiltInPolicies())('finds nothing wrong with $name', ({ cedar }) => {
    expect(validatePolicy(cedar)).toEqual([]);
    expect(describePolicy(cedar)).not.toBe('');
  });
});

describe('validatePolicy', () => {
  it.each<[name: string, cedar: string, message: RegExp]>([
    ['no statement', '// nothing', /at least one statement/],
    ['no id', `permit (${SCOPE});`, /@id is missing/],
    ['an id twice', `@id("a") permit (${SCOPE}); @id("a") forbid (${SCOPE});`, /Two statements have the @id "a"/],
    ['an unknown annotation', `@id("a") @messge("x") forbid (${SCOPE});`, /@messge has no meaning on a forbid/],
    ['hold on a permit', `@id("a") @hold("approval_required") permit (${SCOPE});`, /@hold has no meaning on a permit/],
    ['mask on a forbid', `@id("a") @obligation("mask") @labels("secret") forbid (${SCOPE});`, /@obligation has no meaning on a forbid/],
    ['an unknown obligation', `@id("a") @obligation("hide") @labels("secret") permit (${SCOPE});`, /@obligation is "mask"/],
    ['mask without labels', `@id("a") @obligation("mask") permit (${SCOPE});`, /needs @labels/],
    ['coarsening with labels', `@id("a") @obligation("round_scores") @labels("secret") permit (${SCOPE});`, /@labels has no meaning without @obligation/],
    ['labels alone', `@id("a") @labels("secret") permit (${SCOPE});`, /without @obligation/],
    ['an unknown label', `@id("a") @obligation("mask") @labels("personal") permit (${SCOPE});`, /@labels is one or more of personal_data, secret/],
    ['a reason on a bare permit', `@id("a") @reason("x") permit (${SCOPE});`, /@reason has no meaning/],
    ['a reason that is no word', `@id("a") @reason("No way") forbid (${SCOPE});`, /machine word/],
    ['a hold without code', `@id("a") @hold forbid (${SCOPE});`, /@hold is a machine word/],
    ['hold and reason', `@id("a") @hold("approval_required") @reason("x") forbid (${SCOPE});`, /leave out @reason/],
    ['a template', '@id("a") permit (principal == ?principal, action, resource);', /Templates/],
    ['a misspelt action', '@id("a") permit (principal, action == Action::"exchang", resource);', /did you mean `Action::"exchange"`/],
    ['a misspelt direction', `@id("a") permit (${SCOPE}) when { context.direction == Direction::"requst" };`, /"request"/],
    ['a misspelt label', `@id("a") permit (${SCOPE}) when { context.labels.contains(Label::"secrets") };`, /"secret"/],
    ['an unknown attribute', `@id("a") permit (${SCOPE}) when { context.kind == "iban" };`, /attribute `kind`/],
    ['a wrong type', `@id("a") permit (${SCOPE}) when { context.kinds == "iban" };`, /not compatible/],
    ['a condition that can never hold', `@id("a") forbid (${SCOPE}) when { false };`, /impossible/],
    ['free text', 'permit everything please', /./],
    ['too many statements', Array.from({ length: 51 }, (_, i) => `@id("s${i}") permit (${SCOPE});`).join('\n'), /at most 50 statements/],
    ['too long a text', `// ${'x'.repeat(70_000)}`, /at most 65536 characters/],
  ])('refuses %s', (_name, cedar, message) => {
    expect(messages(cedar).join('\n')).toMatch(message);
  });

  it('says where a problem stands, in characters', () => {
    const cedar = `// é 😀\n@id("a")\npermit (${SCOPE})\nwhen { resource.name == "ü😀" && context.kind == "iban" };`;
    const [problem] = validatePolicy(cedar);
    expect(problem).toMatchObject({ line: 4, column: cedar.split('\n')[3]!.indexOf('context.kind') + 1 });
    expect(() => describePolicy(cedar)).toThrow(/^The policy is not valid\. Line 4, column 34: attribute `kind`/);
  });

  it('says where a text stops being Cedar', () => {
    expect(validatePolicy('@id("a")\npermit (principal, action, resource)\n  when { context. };')[0]).toMatchObject({ line: 3 });
  });

  it('never throws, whatever it is given', () => {
    const pieces = fc.constantFrom('@id("a")', '@', 'permit', 'forbid', '(', ')', SCOPE, 'when', '{', '}', ';', 'context.', '"', '\\', '\ud800', '?principal', '//', '\n', 'true', '[', '-9223372036854775809');
    fc.assert(fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 25 }), (text) => {
      expect(Array.isArray(validatePolicy(text.join(' ')))).toBe(true);
    }), { numRuns: 400 });
  });

  it.each<[what: string, expression: (size: number) => string]>([
    ['brackets', (size) => `${'('.repeat(size)}true${')'.repeat(size)}`],
    ['sets', (size) => `${'['.repeat(size)}1${']'.repeat(size)} == []`],
    ['records', (size) => `${'{a:'.repeat(size)}1${'}'.repeat(size)} == {}`],
    ['conjunctions', (size) => `${'context.stream && '.repeat(size)}true`],
    ['alternatives', (size) => `${'context.stream || '.repeat(size)}true`],
    ['sums', (size) => `${'1+'.repeat(size)}1 > 0`],
    ['choices', (size) => `${'if context.stream then true else '.repeat(size)}true`],
    ['attributes', (size) => `context${'.a'.repeat(size)}`],
    ['negations', (size) => `${'!'.repeat(size)}true`],
    ['paths', (size) => `${'A::'.repeat(size)}"x" == principal`],
    ['brackets behind a comment', (size) => `true // "\r == ${'('.repeat(size)}true${')'.repeat(size)}`],
    ['brackets behind a string', (size) => `"\\" == "\"" || ${'('.repeat(size)}true${')'.repeat(size)}`],
    ['members of a set', (size) => `[${'1,'.repeat(size)}1].contains(1)`],
    ['strings without an end', (size) => '"\\"'.repeat(size)],
  ])('outlives %s without end', (_what, expression) => {
    for (const size of [25, 90, 250, 900, 3_000, 9_000]) {
      validatePolicy(`@id("a") permit (${SCOPE}) when { ${expression(size)} };`);
      expect(validatePolicy(`@id("a") permit (${SCOPE});`)).toEqual([]);
    }
  });

  it('takes long lists of alternatives', () => {
    const names = Array.from({ length: 140 }, (_, i) => `resource.name == "model-${i}"`);
    expect(validatePolicy(`@id("a") forbid (${SCOPE}) when { ${names.join(' || ')} };`)).toEqual([]);
    expect(messages(`@id("a") forbid (${SCOPE}) when { ${[...names, ...names].join(' || ')} };`).join()).toMatch(/more than 300 operators/);
  });
});

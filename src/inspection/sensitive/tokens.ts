import { type Recognised, type Scanner } from '../candidate.ts';
import { pairOf } from '../scan.ts';
import { type TokenEntry, type TokenForm } from './packs.ts';
import { isStandIn, shannonEntropy } from './randomness.ts';

const CONFIDENCE = 0.95;
const JOINTS = '-_';

interface CompiledForm {
  readonly what: Recognised;
  readonly literal: string;
  readonly pattern: RegExp;
  readonly entropy: number;
}

/** Tries one form at one place. Sticky, so that a pattern never searches. */
function tryForm({ what, pattern, entropy }: CompiledForm, text: string, start: number): { what: Recognised; end: number } | undefined {
  pattern.lastIndex = start;
  const value = pattern.exec(text)?.[0];
  if (value === undefined || shannonEntropy(value) < entropy || isStandIn(value)) return undefined;
  return { what, end: start + value.length };
}

const compile = (entry: TokenEntry, form: TokenForm): CompiledForm => ({
  what: { kind: entry.kind, label: 'secret', detector: `sensitive/${entry.kind}` },
  literal: form.literal,
  pattern: new RegExp(form.pattern, 'y'),
  entropy: form.entropy,
});

/** Scanners for tokens that begin with a literal, by the literal's first two characters (`pairOf`). */
export function literalScanners(entries: readonly TokenEntry[]): Map<number, Scanner[]> {
  const byPair = new Map<number, CompiledForm[]>();
  for (const entry of entries) {
    for (const form of entry.forms) {
      if (form.back !== undefined) continue;
      const pair = pairOf(form.literal.charCodeAt(0), form.literal.charCodeAt(1));
      byPair.set(pair, [...(byPair.get(pair) ?? []), compile(entry, form)]);
    }
  }
  return new Map([...byPair].map(([pair, forms]) => [pair, [(text, at, sink) => {
    // Behind a joint the literal is the inside of a longer word; that also keeps repeats of it from being tried one by one.
    if (JOINTS.includes(text.charAt(at - 1) || ' ')) return;
    for (const form of forms) {
      if (!text.startsWith(form.literal, at)) continue;
      const hit = tryForm(form, text, at);
      if (hit !== undefined) sink.found(hit.what, at, hit.end, CONFIDENCE);
    }
  }]]));
}

/** Scanners for tokens with a literal inside, by the code of its first character. */
export function insideScanners(entries: readonly TokenEntry[]): Map<number, Scanner[]> {
  const scanners = new Map<number, Scanner[]>();
  for (const entry of entries) {
    for (const form of entry.forms) {
      const { literal, back } = form;
      if (back === undefined) continue;
      const compiled = compile(entry, form);
      const scanner: Scanner = (text, at, sink) => {
        if (!text.startsWith(literal, at)) return;
        for (const distance of back) {
          const hit = at < distance ? undefined : tryForm(compiled, text, at - distance);
          if (hit !== undefined) sink.found(hit.what, at - distance, hit.end, CONFIDENCE);
        }
      };
      scanners.set(literal.charCodeAt(0), [...(scanners.get(literal.charCodeAt(0)) ?? []), scanner]);
    }
  }
  return scanners;
}

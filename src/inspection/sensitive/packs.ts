import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Label } from '../../shapes.ts';

/** Whether a match covers its thing or only the beginning of it, as that of a key of any length must. */
export type Extent = 'whole' | 'head';

/** One way to write a token: where it is tried, and the pattern that it must have there. */
export interface TokenForm {
  readonly literal: string;
  /** How far in front of the literal the token begins, where it does not begin with it. */
  readonly back?: readonly number[];
  readonly pattern: string;
  readonly entropy: number;
}

interface Described {
  readonly kind: string;
  readonly description: string;
  readonly positive: readonly string[];
  readonly negative?: readonly string[];
}

export interface TokenEntry extends Described {
  readonly extent?: Extent;
  readonly forms: readonly TokenForm[];
}

export interface AssignmentEntry extends Described {
  readonly name: string;
  readonly value: string;
  readonly entropy: number;
}

/** A kind whose form needs code; the pack holds what is words. */
interface CodedEntry extends Described {
  readonly label: Label;
  readonly extent?: Extent;
  /** Words that make a weak form believable when they stand in front. */
  readonly context?: readonly string[];
}

export interface Packs {
  readonly tokens: readonly TokenEntry[];
  readonly assignments: readonly AssignmentEntry[];
  readonly coded: readonly CodedEntry[];
}

const read = (name: string): unknown => parse(readFileSync(new URL(`../../../packs/recognisers/${name}`, import.meta.url), 'utf8'));

/** Reads the recognisers' data that ships with the product; its shape is held by a test. */
export function readPacks(): Packs {
  const secrets = read('secrets.yaml') as Pick<Packs, 'tokens' | 'assignments'>;
  const { kinds } = read('kinds.yaml') as { kinds: CodedEntry[] };
  return { tokens: secrets.tokens, assignments: secrets.assignments, coded: kinds };
}

/** An example as text: the middle dots that keep scanners of code hosts away are taken out. */
export const exampleText = (example: string): string => example.replaceAll('·', '');

import { readFileSync } from 'node:fs';

/** A policy that comes with the product, from packs/policies. */
export interface BuiltInPolicy {
  readonly name: string;
  readonly cedar: string;
  /** It can be neither observed nor shared: without it nothing would be permitted at all. */
  readonly alwaysEnforced: boolean;
}

/** No policy of an administrator begins so; a later release may bring more built-in ones. */
export const BUILT_IN_PREFIX = 'default-';

const DECLARED = [
  { name: 'default-base', alwaysEnforced: true },
  { name: 'default-personal-data', alwaysEnforced: false },
  { name: 'default-secrets', alwaysEnforced: false },
  { name: 'default-uninspected', alwaysEnforced: false },
] as const;

export const readBuiltInPolicies = (): readonly BuiltInPolicy[] =>
  DECLARED.map((declared) => ({ ...declared, cedar: readFileSync(new URL(`../../packs/policies/${declared.name}.cedar`, import.meta.url), 'utf8') }));

export const isAlwaysEnforced = (name: string): boolean => DECLARED.some((declared) => declared.name === name && declared.alwaysEnforced);

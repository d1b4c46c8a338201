/** Why a wire has no such place. */
import type { Position } from './positions.ts';

export const NO_SIGNED = { signed: 'this wire signs no reasoning', encrypted: 'this wire encrypts no reasoning' };
export const NO_STORED = 'this wire names no stored object';
export const NO_EVENTS = 'what is whole has no events';
export const NO_CHOICES = 'a request asks for choices, it holds none';

/** What no answer holds, whatever the wire. */
export const ABSENT_IN_ANSWERS = {
  system: 'an answer holds no prompt',
  earlier: 'an answer holds no earlier turn',
  assistant: 'an answer holds no earlier turn',
  toolDefinition: 'an answer defines no tool',
} satisfies Partial<Record<Position, string>>;

/** All places absent for one reason. */
export const allAbsent = <Name extends Position>(reason: string, ...names: readonly Name[]): Record<Name, string> =>
  Object.fromEntries(names.map((name) => [name, reason])) as Record<Name, string>;

/** Bytes as JSON carries them: long enough not to be a word. */
export const base64Of = (text: string): string => Buffer.from(text.repeat(3)).toString('base64');

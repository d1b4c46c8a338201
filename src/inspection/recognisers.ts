import { digestOf } from '#platform/crypto/digest.ts';
import type { DetectorsSection, Label } from '../shapes.ts';
import { type Scanner } from './candidate.ts';
import { type ScanPlan } from './scan.ts';
import { scanEmail } from './sensitive/email.ts';
import { numberScanner } from './sensitive/numbers.ts';
import { findPaymentCard } from './sensitive/payment-card.ts';

/** Raised with every change of the recognisers' code, so that a cached or recorded result names what made it. */
const CODE_VERSION = 1;

export interface KindDescription {
  readonly kind: string;
  readonly label: Label;
  readonly description: string;
}

const STRUCTURED: readonly KindDescription[] = [
  { kind: 'email_address', label: 'personal_data', description: 'E-mail address' },
  { kind: 'payment_card', label: 'personal_data', description: 'Payment card number with a valid check digit' },
];

/** Puts together the scanners of all kinds that the settings leave on. */
export function buildPlan(settings: DetectorsSection): { plan: ScanPlan; kinds: KindDescription[]; version: string } {
  const disabled = new Set(settings.disabled);
  const on = (kind: string) => !disabled.has(kind);
  const onCharacter = new Map<number, Scanner[]>();
  if (on('email_address')) onCharacter.set('@'.charCodeAt(0), [scanEmail]);
  const finders = [...(on('payment_card') ? [findPaymentCard] : [])];
  return {
    plan: { onCharacter, onDigits: finders.length === 0 ? undefined : numberScanner(finders), onWordPair: new Map() },
    kinds: STRUCTURED.filter(({ kind }) => on(kind)),
    version: digestOf({ code: CODE_VERSION, disabled: [...disabled].sort() }),
  };
}

import { digestOf } from '#platform/crypto/digest.ts';
import type { DetectorsSection, Label } from '../shapes.ts';
import { type Scanner } from './candidate.ts';
import { compileScan, pairOf, type Scan, type Triggers } from './scan.ts';
import { assignmentScanner, GENERIC_RULES, packRule, spokenScanner } from './sensitive/assignments.ts';
import { scanEmail } from './sensitive/email.ts';
import { ibanScanners } from './sensitive/iban.ts';
import { type NumberFinder, numberScanner } from './sensitive/numbers.ts';
import { type Extent, type Packs, readPacks } from './sensitive/packs.ts';
import { findPaymentCard } from './sensitive/payment-card.ts';
import { phoneFinder } from './sensitive/phone.ts';
import { scanPrivateKey } from './sensitive/private-key.ts';
import { insideScanners, literalScanners } from './sensitive/tokens.ts';
import { scanUrlPassword } from './sensitive/url-password.ts';
import { ssnFinder } from './sensitive/us-ssn.ts';

/** Raised with every change of the recognisers' code, so that a cached or recorded result names what made it. */
const CODE_VERSION = 1;

export interface KindDescription {
  readonly kind: string;
  readonly label: Label;
  readonly description: string;
  /** `head`: a match may cover only the beginning, so that replacing it does not take the whole thing out. */
  readonly extent: Extent;
}

let packs: Packs | undefined;

/** Every kind that the packs hold, once, in their order. */
function describeKinds({ coded, tokens, assignments }: Packs): KindDescription[] {
  const kinds = new Map<string, KindDescription>();
  for (const { kind, label, description, extent } of coded) kinds.set(kind, { kind, label, description, extent: extent ?? 'whole' });
  for (const { kind, description, extent } of tokens) kinds.set(kind, { kind, label: 'secret', description, extent: extent ?? 'whole' });
  for (const { kind, description } of assignments) if (!kinds.has(kind)) kinds.set(kind, { kind, label: 'secret', description, extent: 'whole' });
  return [...kinds.values()];
}

type On = (kind: string) => boolean;

const contextOf = ({ coded }: Packs, kind: string): readonly string[] => coded.find((entry) => entry.kind === kind)?.context ?? [];

function numberFinders(content: Packs, on: On): NumberFinder[] {
  return [
    ...(on('payment_card') ? [findPaymentCard] : []),
    ...(on('us_ssn') ? [ssnFinder(contextOf(content, 'us_ssn'))] : []),
    ...(on('phone_number') ? [phoneFinder(contextOf(content, 'phone_number'))] : []),
  ];
}

/** Adds scanners under their keys to those that are there. */
function addAll(target: Map<number, Scanner[]>, more: ReadonlyMap<number, readonly Scanner[]>): void {
  for (const [key, scanners] of more) target.set(key, [...(target.get(key) ?? []), ...scanners]);
}

const under = (characters: string, scanner: Scanner): Map<number, Scanner[]> =>
  new Map([...characters].map((character) => [character.charCodeAt(0), [scanner]]));

function buildTriggers(content: Packs, on: On): Triggers {
  const tokens = content.tokens.filter(({ kind }) => on(kind));
  const rules = [...content.assignments.map(packRule), ...GENERIC_RULES].filter(({ what }) => on(what.kind));
  const onCharacter = insideScanners(tokens);
  const onWordPair = literalScanners(tokens);
  if (on('email_address')) addAll(onCharacter, under('@', scanEmail));
  if (on('private_key')) addAll(onCharacter, under('-', scanPrivateKey));
  if (on('url_password')) addAll(onCharacter, under(':', scanUrlPassword));
  if (on('iban')) addAll(onWordPair, ibanScanners());
  if (rules.length > 0) {
    addAll(onCharacter, under(':=', assignmentScanner(rules)));
    addAll(onWordPair, new Map([[pairOf('i'.charCodeAt(0), 's'.charCodeAt(0)), [spokenScanner(rules)]]]));
  }
  const finders = numberFinders(content, on);
  return { onCharacter, onDigits: finders.length === 0 ? undefined : numberScanner(finders), onWordPair };
}

/** Puts together the recognisers of all kinds that the settings leave on. */
export function buildRecognisers(settings: DetectorsSection): { scan: Scan; kinds: KindDescription[]; version: string } {
  packs ??= readPacks();
  const disabled = new Set(settings.disabled);
  const on: On = (kind) => !disabled.has(kind);
  return {
    scan: compileScan(buildTriggers(packs, on)),
    kinds: describeKinds(packs).filter(({ kind }) => on(kind)),
    version: digestOf({ code: CODE_VERSION, packs, disabled: [...disabled].sort() }),
  };
}

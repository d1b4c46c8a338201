/** From the leaves of a body to parts: what is inspected, with its role and trust. */
import type { Part, Payload } from '../shapes.ts';
import { createPlaceOf, type CompiledPaths, type Place } from './dialects/path-table.ts';
import { pointer, type Leaf, type ScannedJson } from './json/scan.ts';

/** Fewer digits than this are no card, account or phone number that a recogniser looks for. */
const NUMBER_DIGITS_MIN = 9;
/** More digits than this before the point are an order of magnitude, not an identifier. */
const PRINTED_DIGITS_MAX = 64;

export interface PlacedPart extends Part {
  /** Index of the container that holds it. */
  readonly container: number;
  /** What the dialect says of a string besides role and trust; absent for member names and numbers. */
  readonly traits: Place | undefined;
  /** It is none of the texts that detectors read, but this. */
  readonly payload: Payload | undefined;
  /** A number literal: what replaces it is a string. */
  readonly isNumber: boolean;
}

/** Every string leaf and object key of a body, and every long number, in the order of the text. */
export function partsOf(scanned: ScannedJson, paths: CompiledPaths): PlacedPart[] {
  const placeOf = createPlaceOf(paths, scanned);
  const parts: PlacedPart[] = [];
  for (const leaf of scanned.leaves) {
    if (leaf.type === 'literal') continue;
    const place = placeOf(leaf);
    const payload = leaf.type === 'key' ? undefined : payloadOf(leaf, place);
    if (leaf.type === 'number' && payload === undefined && !isPart(leaf, place)) continue;
    // The numbers of an array are one payload.
    if (payload !== undefined && leaf.type === 'number' && parts.at(-1)?.payload === payload && parts.at(-1)?.container === leaf.container) continue;
    parts.push({
      index: parts.length,
      container: leaf.container,
      path: pointer(scanned.containers[leaf.container]?.path ?? '', leaf.segment),
      kind: leaf.type === 'key' ? 'key' : 'value',
      role: place.role,
      trust: place.trust,
      text: leaf.type === 'number' ? digitsOf(leaf.text) : leaf.text,
      start: leaf.start,
      end: leaf.end,
      traits: leaf.type === 'string' ? place : undefined,
      payload,
      isNumber: leaf.type === 'number',
    });
  }
  return parts;
}

/** Shorter ones are read as text: a word or a number is base64 too. */
const PAYLOAD_CHARS_MIN = 64;
const BASE64 = /^(?:data:[\w.+/-]{0,100}(?:;[\w=.-]{1,60}){0,4};base64,)?[A-Za-z0-9+/_-]*={0,2}$/;

/** What stands at a place for payloads and is none is a text: a URL, or words where bytes were expected. */
function payloadOf({ type, text }: Leaf, { payload }: Place): Payload | undefined {
  if (payload === undefined || type === 'number') return payload;
  // What is not a token's number is the text itself.
  if (payload === 'tokens') return undefined;
  return (text.length >= PAYLOAD_CHARS_MIN || text.startsWith('data:')) && BASE64.test(text) ? payload : undefined;
}

/** What the parts of a body hold that nothing can be found in. */
export function payloadsOf(parts: readonly PlacedPart[]): Set<Payload> {
  const payloads = new Set<Payload>();
  for (const { payload } of parts) {
    if (payload !== undefined) payloads.add(payload);
  }
  return payloads;
}

/** A card can be sent as a bare number, also as `4.1e15`; a setting cannot be a card. */
const isPart = (leaf: Leaf, place: Place): boolean =>
  place.numberIsSetting !== true && (leaf.text.length >= NUMBER_DIGITS_MIN || /e/i.test(leaf.text));

/** The number without exponent, as a reader would print it: `4.111E15` hides its digits. Exact, unlike a float. */
function digitsOf(literal: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal);
  if (!parts || (parts[3] === undefined && parts[4] === undefined)) return literal;
  const [, sign = '', whole = '', fraction = ''] = parts;
  const point = whole.length + Number(parts[4] ?? 0);
  if (point <= 0 || point > PRINTED_DIGITS_MAX) return literal;
  const digits = (whole + fraction).padEnd(point, '0');
  const rest = digits.slice(point).replace(/0+$/, '');
  return sign + digits.slice(0, point).replace(/^0+(?=\d)/, '') + (rest === '' ? '' : `.${rest}`);
}

/** A text to put in the place of a part's literal. */
export interface Replacement {
  readonly part: Part;
  /** What the part's text becomes. */
  readonly text: string;
}

/** Puts replacements into a body, each as a JSON string; they are in the order of the text. */
export function splice(body: string, replacements: readonly Replacement[]): string {
  let spliced = '';
  let copied = 0;
  for (const { part, text } of replacements) {
    spliced += body.slice(copied, part.start) + JSON.stringify(text);
    copied = part.end;
  }
  return spliced + body.slice(copied);
}

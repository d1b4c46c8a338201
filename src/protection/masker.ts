import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { sha256Hex } from '#platform/crypto/digest.ts';
import {
  canonicalValue, CODE_ALPHABET, CODE_LENGTH_MAX, CODE_LENGTH_MIN, KNOWN_WORDS, placeholderText, SPELLINGS_MAX, typeWord,
} from './placeholder.ts';
import { createRestorer, type Restorer } from './restorer.ts';
import { lookalikeCollector } from './token-scanner.ts';

/** A stretch of a text that is to be replaced; UTF-16 offsets. */
export interface MaskSpan {
  readonly start: number;
  readonly end: number;
  /** The finding's kind, e.g. `email_address`. */
  readonly kind: string;
}

export interface MaskerNeeds {
  /** One an application: see `deriveApplicationKey`. */
  readonly key: KeyObject;
  /** What stays the same in all calls of a conversation, e.g. its first user message; may be empty. It is hashed, not kept. */
  readonly conversation: string;
  /** Every text of the exchange. A placeholder that stands in one of them already is the caller's own and is never minted. */
  readonly occupied: readonly string[];
}

/** Replaces values by placeholders within one exchange. */
export interface Masker {
  /** @param spans in any order; what overlaps is replaced as one stretch, what lies outside the text is cut off */
  mask(text: string, spans: readonly MaskSpan[]): string;
  /** Different placeholders made so far. */
  readonly minted: number;
  /** Stretches replaced so far. */
  readonly replaced: number;
  /** Restores what this masker mints, before or after this call. */
  restorer(): Restorer;
}

/**
 * The key from which one application's placeholders are derived: HKDF-SHA-256 (RFC 5869) over the installation's masking key, so that
 * nobody can tell from two applications' placeholders whether they name the same person. Worth keeping: it takes longer to make than
 * to use.
 *
 * @param maskingKey 32 bytes
 */
export function deriveApplicationKey(maskingKey: Uint8Array, applicationId: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', maskingKey, '', `sallyport placeholders v1 ${applicationId}`, 32)));
}

/**
 * A code is HMAC-SHA-256 (RFC 2104) under the application's key over the conversation's digest, kind and value: the same within a
 * conversation without anything being stored, and unrelated between conversations and applications.
 */
export function createMasker({ key, conversation, occupied }: MaskerNeeds): Masker {
  const lexicon = new Map<string, Map<string, string[]>>();
  /** Placeholder by kind and exact spelling. */
  const placeholders = new Map<string, string>();
  const codes = createCodes(key, conversation, occupied);
  let replaced = 0;

  const spell = (word: string, code: string, text: string): string => {
    const spellings = codesOf(lexicon, word).get(code);
    if (spellings === undefined) codesOf(lexicon, word).set(code, [text]);
    else spellings.push(text);
    return placeholderText(word, code, spellings === undefined ? 0 : spellings.length - 1);
  };

  const placeholderFor = (kind: string, text: string): string => {
    const spelling = `${kind}\0${text}`;
    let placeholder = placeholders.get(spelling);
    if (placeholder === undefined) {
      const word = typeWord(kind);
      const shared = codes.codeOf(kind, word, canonicalValue(kind, text));
      const isFull = (lexicon.get(word)?.get(shared)?.length ?? 0) >= SPELLINGS_MAX;
      placeholder = spell(word, isFull ? codes.codeOf(kind, word, `\0${text}`) : shared, text);
      placeholders.set(spelling, placeholder);
    }
    return placeholder;
  };

  return {
    mask: (text, spans) => {
      let output = '';
      let copied = 0;
      for (const { start, end, kind } of normaliseSpans(spans, text.length)) {
        output += text.slice(copied, start) + placeholderFor(kind, text.slice(start, end));
        copied = end;
        replaced++;
      }
      return copied === 0 ? text : output + text.slice(copied);
    },
    get minted() { return placeholders.size; },
    get replaced() { return replaced; },
    restorer: () => createRestorer(lexicon),
  };
}

function codesOf(lexicon: Map<string, Map<string, string[]>>, word: string): Map<string, string[]> {
  let codes = lexicon.get(word);
  if (codes === undefined) lexicon.set(word, (codes = new Map()));
  return codes;
}

interface Codes {
  /** The code of a value: always the same one within an exchange, and never that of another value or of a look-alike in its texts. */
  codeOf(kind: string, word: string, value: string): string;
}

const collectKnownWords = lookalikeCollector(KNOWN_WORDS);

function createCodes(key: KeyObject, conversation: string, occupied: readonly string[]): Codes {
  const anchor = sha256Hex(conversation);
  const byValue = new Map<string, string>();
  /** `WORD_CODE` of every code given and every look-alike. */
  const taken = new Set<string>();
  const searched = new Set<string>();

  const searchFor = (words: readonly string[]): void => {
    for (const word of words) searched.add(word);
    const collect = words === KNOWN_WORDS ? collectKnownWords : lookalikeCollector(words);
    for (const text of occupied) collect(text, taken);
  };
  const newCode = (word: string, message: string): string => {
    if (searched.size === 0) searchFor(KNOWN_WORDS);
    if (!searched.has(word)) searchFor([word]);
    for (let attempt = 0; ; attempt++) {
      const mac = createHmac('sha256', key).update(`${anchor}${message}\0${attempt}`).digest('binary');
      const code = readableCode(mac, Math.min(CODE_LENGTH_MIN + attempt, CODE_LENGTH_MAX));
      if (!taken.has(`${word}_${code}`)) {
        taken.add(`${word}_${code}`);
        return code;
      }
    }
  };
  return {
    codeOf: (kind, word, value) => {
      const message = `${kind}\0${value}`;
      let code = byValue.get(message);
      if (code === undefined) byValue.set(message, (code = newCode(word, message)));
      return code;
    },
  };
}

/** The first run of signs in the MAC that has both a digit and a letter, so that no code reads as a word or a number. */
function readableCode(mac: string, length: number): string {
  let code = '';
  for (let start = 0; start + length <= mac.length; start++) {
    code = '';
    for (let i = start; i < start + length; i++) code += CODE_ALPHABET[mac.charCodeAt(i) & 31];
    if (/\d/.test(code) && /[A-Z]/.test(code)) return code;
  }
  return code;
}

/** Sorted, within the text, not empty, and not overlapping: the union of what overlaps is one span of the first one's kind. */
function normaliseSpans(spans: readonly MaskSpan[], length: number): readonly MaskSpan[] {
  if (isNormal(spans, length)) return spans;
  const inside = spans
    .map(({ start, end, kind }) => ({ start: Math.max(0, start), end: Math.min(length, end), kind }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: MaskSpan[] = [];
  for (const span of inside) {
    const last = merged.at(-1);
    if (last !== undefined && span.start < last.end) merged[merged.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    else merged.push(span);
  }
  return merged;
}

function isNormal(spans: readonly MaskSpan[], length: number): boolean {
  let previousEnd = 0;
  for (const { start, end } of spans) {
    if (start < previousEnd || end <= start || end > length) return false;
    previousEnd = end;
  }
  return true;
}

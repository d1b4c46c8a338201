import { type Recognised, type Scanner, type Sink } from '../candidate.ts';
import { ALNUM, classOf, isDigit, TOKEN } from '../characters.ts';
import { type AssignmentEntry } from './packs.ts';
import { isStandIn, shannonEntropy } from './randomness.ts';

const PASSWORD: Recognised = { kind: 'password', label: 'secret', detector: 'sensitive/password' };
const GENERIC_SECRET: Recognised = { kind: 'generic_secret', label: 'secret', detector: 'sensitive/generic_secret' };

const NAME_MIN = 3;
const NAME_MAX = 50;
const GAP_MAX = 3;
const VALUE_MAX = 200;

/** Judges a value by the name in front of it. */
interface AssignmentRule {
  readonly what: Recognised;
  /** Over the name in lower case without `_`, `-` and `.`. */
  readonly name: RegExp;
  readonly accepts: (value: string, quoted: boolean) => boolean;
  readonly confidence: number;
}

/** In quotes, what stands for a value: a template, a call, a name in brackets. */
const IS_TEMPLATE = /^[<{[(].*[>}\])]$|[$#]\{|\{\{|%[({]|^\w+\(.*\)$/;
/** Without quotes, any bracket, and a variable or a path through objects. */
const IS_CODE = /[(){}<>[\]]/;
const IS_REFERENCE = /^[$%@&#][\w.({[]*[)}%\]]?$|^(?:process|os|env|config|settings|self|this|req|request|response|data|args|options|params|props|state|user|form|vault|secrets?)[.:]|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+;?$|::|^https?:|^\/[a-z]|^\.{0,2}\//i;
const IS_WORDS = /^[A-Za-z]+(?:[_.-][A-Za-z]+)*$/;

const standsForValue = (value: string, quoted: boolean): boolean => (quoted ? IS_TEMPLATE : IS_CODE).test(value) || IS_REFERENCE.test(value) || isStandIn(value);

/** Whether a value could be a password that somebody chose: no word, no code, at least a digit or a sign in it. */
function looksLikePassword(value: string, quoted: boolean): boolean {
  if (value.length < 6 || value.length > 128 || standsForValue(value, quoted) || IS_WORDS.test(value)) return false;
  if (/^[\d.,:/-]+$/.test(value) && value.length < 8) return false;
  return /[A-Za-z]/.test(value) ? /[^A-Za-z_.-]/.test(value) : /\d{8}/.test(value);
}

function countDigits(value: string): number {
  let count = 0;
  for (let at = 0; at < value.length; at++) if (isDigit(value.charCodeAt(at))) count++;
  return count;
}

/** `exchangeX509Token`, `urn:example:token-type:x509`: at least half of it are words of four letters and more. */
const isMostlyWords = (value: string): boolean => value.replace(/[A-Z]?[a-z]{3,}|[A-Z]{4,}/g, '').length * 2 <= value.length;

/** Whether a value looks like drawn at random: long, many different characters, digits among letters, not made of words. */
function looksRandom(value: string, quoted: boolean): boolean {
  const digits = value.length < 16 ? 0 : countDigits(value);
  if (digits < 2 || digits === value.length || /^\d{4}-\d\d-\d\d/.test(value)) return false;
  if (!/^[\w.+/=~:-]+$/.test(value) || standsForValue(value, quoted) || isMostlyWords(value)) return false;
  return shannonEntropy(value) >= (/^[0-9a-f-]+$/i.test(value) ? 3 : 3.5);
}

const PAGING = /(?:next|prev|previous|page|paging|cursor|continuation|sync|csrf|xsrf|eos|bos|pad|unk|mask|sep|cls|stop|special|image|end|start|public|cancellation|idempotency)tokens?$/;

/** The rules for names that say no more than that a secret follows; after those of the packs. */
export const GENERIC_RULES: readonly AssignmentRule[] = [
  { what: PASSWORD, name: /(?:password|passwd|passphrase|passcode|passwort|motdepasse|contraseña|contrasena|pwd)\d?$/, accepts: looksLikePassword, confidence: 0.75 },
  { what: GENERIC_SECRET, name: /(?:secret|token|apikey|accesskey|authkey|secretkey|privatekey|signingkey|encryptionkey|masterkey|licensekey|credentials?|authorization|bearer|appkey|clientkey|subscriptionkey)\d?$/, accepts: looksRandom, confidence: 0.75 },
];

/** The rule of a pack: the whole value must have the form that its issuer gives it. */
export function packRule(entry: AssignmentEntry): AssignmentRule {
  const form = new RegExp(`^(?:${entry.value})$`);
  return {
    what: { kind: entry.kind, label: 'secret', detector: `sensitive/${entry.kind}` },
    name: new RegExp(entry.name),
    accepts: (value) => form.test(value) && !isStandIn(value) && shannonEntropy(value) >= entry.entropy,
    confidence: 0.9,
  };
}

const isBlank = (char: string): boolean => char === ' ' || char === '\t';
const isQuote = (char: string): boolean => char === '"' || char === "'" || char === '`';
const HYPHEN = 45;
const DOT = 46;
const UNDERSCORE = 95;

function isNameCode(code: number): boolean {
  return (classOf(code) & ALNUM) !== 0 || code === UNDERSCORE || code === HYPHEN || code === DOT;
}

/** The last two letters of all names that the rules know; most names in a text are told apart by them. */
const ENDINGS = new Set(['rd', 'wd', 'se', 'de', 'rt', 'ña', 'na', 'et', 'en', 'ey', 'al', 'ls', 'on', 'er', 'id'].map((pair) => pair.charCodeAt(0) * 1024 + pair.charCodeAt(1)));

function mayEndSecretName(text: string, end: number): boolean {
  const last = isDigit(text.charCodeAt(end - 1)) ? end - 1 : end;
  return last > 1 && ENDINGS.has((text.charCodeAt(last - 2) | 32) * 1024 + (text.charCodeAt(last - 1) | 32));
}

/** The name that ends before `at`, in lower case without joints, quotes and blanks between left out; empty when no rule could know it. */
function nameBefore(text: string, at: number): string {
  let end = at;
  while (end > 0 && at - end < GAP_MAX && isBlank(text.charAt(end - 1))) end--;
  if (end > 0 && isQuote(text.charAt(end - 1))) end--;
  if (end > 0 && text.charAt(end - 1) === '\\') end--;
  if (end > 0 && text.charAt(end - 1) === ']' && isQuote(text.charAt(end - 2))) end -= 2;
  if (!mayEndSecretName(text, end)) return '';
  let start = end;
  while (start > 0 && end - start < NAME_MAX && isNameCode(text.charCodeAt(start - 1))) start--;
  return end - start < NAME_MIN ? '' : text.slice(start, end).toLowerCase().replace(/[_.-]/g, '');
}

interface Value { readonly start: number; readonly end: number; readonly quoted: boolean; readonly unfinished: boolean }

/** The value that begins at or shortly behind `at`. */
function valueAfter(text: string, at: number): Value {
  let start = at;
  while (start - at < GAP_MAX && isBlank(text.charAt(start))) start++;
  const prefix = /(?:Bearer|Basic|Token|token|bearer) {1,2}/y;
  prefix.lastIndex = start;
  if (text.charAt(start) === '\\') start++;
  const quote = isQuote(text.charAt(start)) ? text.charAt(start) : '';
  if (quote !== '') start++;
  prefix.lastIndex = start;
  start += prefix.exec(text)?.[0].length ?? 0;
  let end = start;
  const limit = Math.min(text.length, start + VALUE_MAX);
  if (quote === '') while (end < limit && (classOf(text.charCodeAt(end)) & TOKEN) !== 0) end++;
  else while (end < limit && text.charAt(end) !== quote && !/[\s\\]/.test(text.charAt(end))) end++;
  const unfinished = end === text.length;
  if (quote === '') while (end > start && '.:!?'.includes(text.charAt(end - 1))) end--;
  return { start, end, quoted: quote !== '', unfinished };
}

/** What follows `=` or `:` when it assigns; -1 when it compares, or is part of a path or an address. */
function valuePlace(text: string, at: number): number {
  const next = text.charAt(at + 1);
  const before = text.charAt(at - 1);
  if (text.charAt(at) === ':') return next === ':' || next === '/' || next === '=' || before === ':' ? -1 : at + 1;
  if (next === '=' || before === '=' || before === '!' || before === '<' || before === '>') return -1;
  return next === '>' ? at + 2 : at + 1;
}

function judge(value: Value, name: string, text: string, rules: readonly AssignmentRule[]): { rule: AssignmentRule } | undefined {
  const content = text.slice(value.start, value.end);
  const rule = rules.find((candidate) => candidate.name.test(name) && !PAGING.test(name) && candidate.accepts(content, value.quoted));
  return rule === undefined ? undefined : { rule };
}

function report(value: Value, name: string, text: string, { rules, sink }: { rules: readonly AssignmentRule[]; sink: Sink }): void {
  if (value.unfinished) sink.open(value.start);
  const hit = judge(value, name, text, rules);
  if (hit !== undefined) sink.found(hit.rule.what, value.start, value.end, hit.rule.confidence);
}

const NAMES_A_SECRET = /pass|pwd|secret|token|key|credential|authorization|bearer|contrase/;

/** Values behind `name =` and `name:`, woken by the sign. The match is the value alone. */
export function assignmentScanner(rules: readonly AssignmentRule[]): Scanner {
  return (text, at, sink) => {
    const place = valuePlace(text, at);
    if (place < 0) return;
    const name = nameBefore(text, at);
    if (!NAMES_A_SECRET.test(name)) return;
    report(valueAfter(text, place), name, text, { rules, sink });
  };
}

/** `the password is …`, woken by the word `is`. */
export function spokenScanner(rules: readonly AssignmentRule[]): Scanner {
  return (text, at, sink) => {
    if (!isBlank(text.charAt(at + 2)) && text.charAt(at + 2) !== ':') return;
    const name = nameBefore(text, at);
    if (!NAMES_A_SECRET.test(name)) return;
    report(valueAfter(text, text.charAt(at + 2) === ':' ? at + 3 : at + 2), name, text, { rules, sink });
  };
}

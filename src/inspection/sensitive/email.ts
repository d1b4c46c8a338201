import { type Recognised, type Scanner } from '../candidate.ts';
import { ALNUM, classOf, LETTER, LOCAL_PART } from '../characters.ts';

const EMAIL: Recognised = { kind: 'email_address', label: 'personal_data', detector: 'sensitive/email_address' };

const HYPHEN = 45;
const DOT = 46;
/** RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.2; the domain is held shorter so that the whole stays within a candidate. */
const LOCAL_PART_MAX = 64;
const DOMAIN_MAX = 180;
const LABEL_MAX = 63;

/** Endings that look like a top-level domain after an `@` in code, decorators and package paths, and are none. */
const NOT_A_TOP_LEVEL_DOMAIN = new Set(['js', 'ts', 'jsx', 'tsx', 'py', 'json', 'html', 'css', 'png', 'jpg', 'jpeg', 'gif', 'svg', 'webp', 'yml', 'yaml', 'txt', 'csv', 'xml', 'exe', 'dll', 'php', 'java', 'class', 'local', 'service', 'timer', 'socket']);

const APOSTROPHE = 39;
const AT = 64;

/** Signs that RFC 5321 allows in a local part, and that in practice belong to what stands in front (`to=a@b.org`, `/a@b.org`). */
const CUTS = '=/&?!*#$';

/** Whether the sign at `at` cannot be part of an address: one of the cuts, or an apostrophe that is a quotation mark. */
function cutsAt(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== APOSTROPHE) return CUTS.includes(text.charAt(at));
  return (classOf(text.charCodeAt(at - 1)) & LETTER) === 0 || (classOf(text.charCodeAt(at + 1)) & LETTER) === 0;
}

/** First character of the local part that ends before `at`; -1 when there is none of lawful form and length. */
function localPartStart(text: string, at: number): number {
  let start = at;
  const limit = Math.max(0, at - LOCAL_PART_MAX - 1);
  while (start > limit && (classOf(text.charCodeAt(start - 1)) & LOCAL_PART) !== 0 && !cutsAt(text, start - 1)) start--;
  if (at - start > LOCAL_PART_MAX) return -1;
  while (start < at && (classOf(text.charCodeAt(start)) & ALNUM) === 0 && text.charCodeAt(start) !== 95) start++;
  if (start === at || text.charCodeAt(at - 1) === DOT || text.charCodeAt(start - 1) === AT) return -1;
  return text.slice(start, at).includes('..') ? -1 : start;
}

/** Where the run of domain characters that begins at `start` ends. */
function domainRunEnd(text: string, start: number): number {
  let end = start;
  const limit = Math.min(text.length, start + DOMAIN_MAX + 1);
  while (end < limit) {
    const code = text.charCodeAt(end);
    if ((classOf(code) & ALNUM) === 0 && code !== HYPHEN && code !== DOT) break;
    end++;
  }
  return end;
}

/** A host name of at least two labels whose last is a believable top-level domain (RFC 1035, section 2.3.1; RFC 3696, section 2). */
function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  const last = labels[labels.length - 1] as string;
  if (labels.length < 2 || domain.length > DOMAIN_MAX) return false;
  if (labels.some((label) => label === '' || label.length > LABEL_MAX || label.startsWith('-') || label.endsWith('-'))) return false;
  return /^(?:[a-z\u00c0-\u024f]{2,24}|xn--[a-z0-9-]{2,59})$/i.test(last) && !NOT_A_TOP_LEVEL_DOMAIN.has(last.toLowerCase());
}

/** E-mail addresses in the dot-string form of RFC 5321, section 4.1.2; woken by the `@`. */
export const scanEmail: Scanner = (text, at, sink) => {
  const start = localPartStart(text, at);
  if (start < 0) return;
  let end = domainRunEnd(text, at + 1);
  while (end > at + 1 && (text.charCodeAt(end - 1) === DOT || text.charCodeAt(end - 1) === HYPHEN)) end--;
  if (text.charAt(end) === '@' || !isDomain(text.slice(at + 1, end))) return;
  // `git@host:path` names a repository.
  if (text.charAt(end) === ':' && text.slice(start, at) === 'git') return;
  sink.found(EMAIL, start, end, 0.95);
};

/** A text as recognisers read it: other scripts' digits, widths, blanks and hyphens as their ASCII equals, invisible characters left out. */
interface View {
  readonly text: string;
  /** Where each character of the view stands in the original; absent when both run side by side. */
  readonly offsets?: Uint32Array;
}

/** Characters that a view replaces or leaves out. Text without them, and so all of ASCII, is its own view. */
const DISGUISED = /[\u00a0\u00ad\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u2000-\u2013\u202a-\u202f\u205f\u2060-\u2064\u2212\u3000\ufe63\ufeff\uff01-\uff5e]/;
const REPLACED = /[\u00a0\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u2000-\u200a\u2010-\u2013\u202f\u205f\u2212\u3000\ufe63\uff01-\uff5e]/g;
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/;

/** Code points of the zeros from which the digits of other scripts count: Arabic-Indic, Persian, Devanagari. */
const ZEROS = [0x660, 0x6f0, 0x966];
const FULL_WIDTH_FIRST = 0xff01;
const FULL_WIDTH_SHIFT = 0xfee0;

function asciiEqual(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= FULL_WIDTH_FIRST) return String.fromCharCode(code - FULL_WIDTH_SHIFT);
  const zero = ZEROS.find((first) => code >= first && code <= first + 9);
  if (zero !== undefined) return String.fromCharCode(48 + code - zero);
  return (code >= 0x2010 && code <= 0x2013) || code === 0x2212 || code === 0xfe63 ? '-' : ' ';
}

const isInvisible = (code: number): boolean =>
  code === 0xad || (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x2064) || code === 0xfeff;

/** Takes out invisible characters, but only the first of several in a row: so nothing can stretch without bound. */
function withoutInvisible(text: string): View {
  const offsets = new Uint32Array(text.length);
  let kept = '';
  let length = 0;
  let runStart = 0;
  let before = false;
  for (let at = 0; at < text.length; at++) {
    const invisible = isInvisible(text.charCodeAt(at));
    if (invisible && !before) {
      kept += text.slice(runStart, at);
      runStart = at + 1;
    } else offsets[length++] = at;
    before = invisible;
  }
  return { text: kept + text.slice(runStart), offsets: offsets.subarray(0, length) };
}

/** The view of a text; linear, and no more than a look for most texts. Each character is judged by itself and the one before it. */
export function viewOf(text: string): View {
  if (!DISGUISED.test(text)) return { text };
  const replaced = text.replace(REPLACED, asciiEqual);
  return INVISIBLE.test(replaced) ? withoutInvisible(replaced) : { text: replaced };
}

/** The first place of the view that stands at `original` or behind it. */
export function viewPlace({ text, offsets }: View, original: number): number {
  if (offsets === undefined) return original;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) < original) low = middle + 1;
    else high = middle;
  }
  return low;
}

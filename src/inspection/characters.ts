/** Character classes as bits, so that one table look-up answers every question of the hot loop. */
export const DIGIT = 1;
export const LETTER = 2;
export const ALNUM = DIGIT | LETTER;
/** May stand in an unquoted token: anything visible but double quotes, brackets, comma, semicolon, bar, backslash. */
export const TOKEN = 4;
/** RFC 5322 atext as far as it is used, and the dot. */
export const LOCAL_PART = 8;
/** Wakes scanners that are bound to a single character. */
export const TRIGGER = 16;

/** Behind this code unit nothing has a class: other scripts, signs and surrogates separate. */
const CLASSED = 0x250;
const table = new Uint8Array(CLASSED);

for (let code = 33; code < 127; code++) {
  const char = String.fromCharCode(code);
  let bits = 0;
  if (char >= '0' && char <= '9') bits |= DIGIT;
  if (/[a-z]/i.test(char)) bits |= LETTER;
  if (!'"`(){}[]<>,;|\\'.includes(char)) bits |= TOKEN;
  if (/[a-z0-9.!#$%&'*+/=?^_~-]/i.test(char)) bits |= LOCAL_PART;
  if ('@:=~-'.includes(char)) bits |= TRIGGER;
  table[code] = bits;
}

// Latin letters beyond ASCII stand in names, addresses and words; × and ÷ are among them by accident of numbering.
for (let code = 0xc0; code < CLASSED; code++) if (code !== 0xd7 && code !== 0xf7) table[code] = LETTER | TOKEN | LOCAL_PART;

/** The class bits of a UTF-16 code unit; 0 for NaN, which stands for outside of a text. */
export const classOf = (code: number): number => (code < CLASSED ? (table[code] as number) : 0);

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Whether a letter or a digit stands at the place; false outside of the text. */
export const isAlnumAt = (text: string, at: number): boolean => at >= 0 && at < text.length && (classOf(text.charCodeAt(at)) & ALNUM) !== 0;
export const isDigitAt = (text: string, at: number): boolean => at >= 0 && at < text.length && isDigit(text.charCodeAt(at));

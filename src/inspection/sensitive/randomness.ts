/** Shannon entropy of the characters of a text in bits a character; 0 for the empty one. */
export function shannonEntropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}

/** Words that people write where a secret would stand. None occurs by chance in a random value of the lengths looked for. */
const STAND_IN = /example|sample|placeholder|changeme|change[_-]me|redacted|dummy|your[_-]|[_-]here|insert[_-]|replace|t0ken|notreal|fake[_-]|x{4}|\*{3}|\.{3}|0{8}|1234567|abcdefg|qwerty|deadbeef/i;

/** Whether a value is a documentation's stand-in rather than a secret: `AKIAIOSFODNN7EXAMPLE`, `xxxx…`, `your-token-here`. */
export const isStandIn = (value: string): boolean => STAND_IN.test(value) || /(.)\1{5}/.test(value);

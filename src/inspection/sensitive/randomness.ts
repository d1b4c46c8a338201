/** Shannon entropy of the UTF-16 code units of a text in bits a unit; 0 for the empty one. Units beyond ASCII count as one. */
export function shannonEntropy(text: string): number {
  const counts = new Uint32Array(129);
  for (let at = 0; at < text.length; at++) {
    const code = Math.min(text.charCodeAt(at), 128);
    counts[code] = (counts[code] as number) + 1;
  }
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}

/** Words that people write where a secret would stand. None occurs by chance in a random value of the lengths looked for. */
const STAND_IN = /example|sample|placeholder|changeme|change[_-]me|redacted|dummy|your[_-]|[_-]here|insert[_-]|replace|t0ken|notreal|fake[_-]|x{4}|\*{3}|\.{3}|0{8}|1234567|abcdefg|qwerty|deadbeef/i;

/** Whether a value is a documentation's stand-in rather than a secret: `AKIAIOSFODNN7EXAMPLE`, `xxxx…`, `your-token-here`. */
export const isStandIn = (value: string): boolean => STAND_IN.test(value) || /(.)\1{5}/.test(value);

import { type Recognised, type Scanner } from '../candidate.ts';

const PRIVATE_KEY: Recognised = { kind: 'private_key', label: 'secret', detector: 'sensitive/private_key' };

const HYPHEN = 45;
/** RFC 7468, section 2, with the labels that are in use: `RSA PRIVATE KEY`, `OPENSSH PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`. */
const HEADER = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const UNFINISHED_HEADER = /-----BEGIN[A-Z0-9 ]{0,60}-{0,4}$/y;
const HEADER_MAX = 80;

/** The first line of a private key in PEM. The key behind it may be of any length, so its head stands for it. */
export const scanPrivateKey: Scanner = (text, at, sink) => {
  if (!text.startsWith('-----BEGIN ', at) || text.charCodeAt(at - 1) === HYPHEN) return;
  HEADER.lastIndex = at;
  const header = HEADER.exec(text);
  if (header !== null) sink.found(PRIVATE_KEY, at, at + header[0].length, 0.99);
  else if (text.length - at < HEADER_MAX) {
    UNFINISHED_HEADER.lastIndex = at;
    if (UNFINISHED_HEADER.test(text)) sink.open(at);
  }
};

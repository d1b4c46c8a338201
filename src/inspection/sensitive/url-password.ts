import { type Recognised, type Scanner } from '../candidate.ts';
import { isStandIn } from './randomness.ts';

const URL_PASSWORD: Recognised = { kind: 'url_password', label: 'secret', detector: 'sensitive/url_password' };

/** The userinfo of RFC 3986, section 3.2.1, with a password in it. */
const USERINFO = /:\/\/[\w!$%&*+.=~^-]{0,64}:([\w!$%&*+.=~^-]{3,120})@/y;
const STAND_INS = /^(?:pass(?:word|wd)?|pwd|secret|token|user(?:name)?|x-oauth-basic|\$.*|%.*%|\*+)$/i;

/** The password in `scheme://user:password@host`, woken by the colon of `://`. */
export const scanUrlPassword: Scanner = (text, at, sink) => {
  if (!text.startsWith('://', at)) return;
  USERINFO.lastIndex = at;
  const match = USERINFO.exec(text);
  const password = match?.[1];
  if (match === null || password === undefined || STAND_INS.test(password) || isStandIn(password)) return;
  const end = at + match[0].length - 1;
  sink.found(URL_PASSWORD, end - password.length, end, 0.85);
};

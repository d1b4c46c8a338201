/** What can go wrong on the way to a model, in the words of records and refusals. */

import { errors as undiciErrors } from 'undici';

/**
 * What a failure says of the upstream. `down`: it does not serve, and calls are kept from it when that goes on. `odd`: it serves, but
 * not as it should; what somebody asks can bring that about, and must not shut an upstream for all others. `none`: nothing at all.
 */
type Fault = 'down' | 'odd' | 'none';

interface Meaning {
  /** HTTP status for the caller. */
  readonly status: 502 | 503 | 504;
  readonly message: string;
  readonly fault: Fault;
}

export const UPSTREAM_ERRORS = {
  upstream_unreachable: { status: 502, fault: 'down', message: 'The upstream could not be reached.' },
  upstream_address_refused: { status: 502, fault: 'down', message: 'The upstream resolves to an address that may not be dialled.' },
  upstream_tls_failed: { status: 502, fault: 'down', message: 'The upstream could not prove who it is.' },
  upstream_timeout: { status: 504, fault: 'down', message: 'The upstream did not answer in time.' },
  upstream_interrupted: { status: 502, fault: 'down', message: 'The upstream broke off its answer.' },
  upstream_invalid_response: { status: 502, fault: 'odd', message: 'The upstream answered something that is not an answer of this API.' },
  upstream_response_too_large: { status: 502, fault: 'odd', message: 'The upstream answered more than is let through.' },
  upstream_error: { status: 502, fault: 'odd', message: 'The upstream reported an error.' },
  upstream_credential_rejected: { status: 502, fault: 'down', message: 'The upstream refused the credential that it is called with.' },
  upstream_credential_unreadable: { status: 502, fault: 'down', message: 'The credential of the upstream could not be opened.' },
  upstream_circuit_open: { status: 503, fault: 'none', message: 'The upstream failed too often and is left alone for a while. Try again shortly.' },
  upstream_saturated: { status: 503, fault: 'none', message: 'The upstream has as many calls under way as it may have. Try again shortly.' },
} as const satisfies Record<string, Meaning>;

export type UpstreamErrorCode = keyof typeof UPSTREAM_ERRORS;

const STATUS = /^upstream_status_(\d{3})$/;

/** @param code one of the above, or `upstream_status_` and the status of its answer */
export function faultOf(code: string): Fault {
  if (Object.hasOwn(UPSTREAM_ERRORS, code)) return UPSTREAM_ERRORS[code as UpstreamErrorCode].fault;
  const status = Number(STATUS.exec(code)?.[1] ?? 0);
  return status >= 500 || status === 401 || status === 403 ? 'down' : 'none';
}

/** Its message is for the caller; the cause is for the log and may name hosts. */
export class UpstreamError extends Error {
  readonly code: UpstreamErrorCode;
  readonly status: number;

  constructor(code: UpstreamErrorCode, cause?: unknown) {
    super(UPSTREAM_ERRORS[code].message, cause === undefined ? undefined : { cause });
    this.name = 'UpstreamError';
    this.code = code;
    this.status = UPSTREAM_ERRORS[code].status;
  }
}

/** Codes of undici and Node → ours; what is not listed is `upstream_unreachable` before the answer, `upstream_interrupted` within it. */
const MEANINGS: Readonly<Record<string, UpstreamErrorCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'upstream_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'upstream_timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream_timeout',
  ETIMEDOUT: 'upstream_timeout',
  UND_ERR_HEADERS_OVERFLOW: 'upstream_invalid_response',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'upstream_response_too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'upstream_interrupted',
  UND_ERR_RESPONSE: 'upstream_invalid_response',
};

/** @param started whether the head of the answer had come */
export function toUpstreamError(error: unknown, started: boolean): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const meaning = MEANINGS[code];
  if (meaning !== undefined) return new UpstreamError(meaning, error);
  if (error instanceof undiciErrors.HTTPParserError) return new UpstreamError('upstream_invalid_response', error);
  if (/^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/.test(code)) return new UpstreamError('upstream_tls_failed', error);
  return new UpstreamError(started ? 'upstream_interrupted' : 'upstream_unreachable', error);
}

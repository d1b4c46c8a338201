/** Anthropic's wire, as far as the gateway speaks it itself: its refusals, and its lists of models (@anthropic-ai/sdk 1.12, core/error, resources/models). */
import type { Dialect, ListedModel, UpstreamRefusal, WireError } from './dialect.ts';

/** Statuses without an entry are `api_error` from 500 on, else `invalid_request_error`. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error', 402: 'billing_error', 403: 'permission_error', 404: 'not_found_error', 413: 'request_too_large', 429: 'rate_limit_error',
  503: 'overloaded_error', 504: 'timeout_error', 529: 'overloaded_error',
};

/** Codes whose type does not follow from their status. */
const TYPES_BY_CODE: Readonly<Record<string, string>> = { budget_exceeded: 'billing_error' };

const errorType = ({ status, code }: WireError): string => TYPES_BY_CODE[code] ?? ERROR_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');

interface Told {
  readonly type: string;
  readonly message: string;
  readonly code: string | null;
}

/** The code stands where the client library looks for one: `error.details.error_code`. */
const bodyOf = ({ type, message, code }: Told, requestId: string): string =>
  JSON.stringify({ type: 'error', error: { type, message, ...(code === null ? {} : { details: { error_code: code } }) }, request_id: requestId });

/** The body of a refusal, and the data of the event that breaks off a stream. */
export const errorBody = (error: WireError, requestId: string): string => bodyOf({ type: errorType(error), message: error.message, code: error.code }, requestId);

const WORD = /^[\w.-]{1,100}$/;
const MESSAGE_MAX = 2_000;

/** Reads `{"type": "error", "error": {…}}`. */
function readRefusal(body: string): UpstreamRefusal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const error = (value as { error?: unknown } | null)?.error;
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, type, details } = error as Record<string, unknown>;
  const code = (details as { error_code?: unknown } | null | undefined)?.error_code;
  const word = (text: unknown) => (typeof text === 'string' && WORD.test(text) ? text : null);
  return typeof message === 'string' ? { message: message.slice(0, MESSAGE_MAX), type: word(type), param: null, code: word(code) } : undefined;
}

/** When a model came out is not known to the gateway; Anthropic's lists need a time. */
const CREATED_AT = '2026-01-01T00:00:00Z';

/** What a model can do is not known either. */
const modelObject = ({ id }: ListedModel) => ({
  type: 'model', id, display_name: id, created_at: CREATED_AT, capabilities: null, lifecycle: 'active', line: null, max_input_tokens: null, max_tokens: null, deprecated_at: null, retires_at: null,
});

/** One page holds them all: `limit`, `after_id` and `before_id` are not read. */
function modelListBody(models: readonly ListedModel[]): string {
  return JSON.stringify({ data: models.map(modelObject), has_more: false, first_id: models.at(0)?.id ?? null, last_id: models.at(-1)?.id ?? null });
}

export const ANTHROPIC: Dialect = {
  requestIdHeader: 'request-id',
  errorBody,
  readRefusal,
  refusalBody: ({ type, message, code }, requestId) => bodyOf({ type: type ?? 'api_error', message, code }, requestId),
  modelBody: (model) => JSON.stringify(modelObject(model)),
  modelListBody,
};

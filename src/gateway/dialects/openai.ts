/** OpenAI's wire, as far as the gateway speaks it itself: its refusals, and its lists of models. */
import type { Dialect, ListedModel, UpstreamRefusal, WireError } from './dialect.ts';

const ERROR_TYPES: Readonly<Record<number, string>> = { 403: 'permission_error', 429: 'rate_limit_error' };

/** Codes whose type does not follow from their status. */
const TYPES_BY_CODE: Readonly<Record<string, string>> = { budget_exceeded: 'insufficient_quota' };

const errorType = ({ status, code }: WireError): string => TYPES_BY_CODE[code] ?? ERROR_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');

export const errorOf = (error: WireError) => ({ message: error.message, type: errorType(error), param: null, code: error.code });

/** The body of a refusal. */
export const errorBody = (error: WireError): string => JSON.stringify({ error: errorOf(error) });

/** When the gateway began to list models is not known to it; OpenAI's lists need a time. */
const CREATED = 1_767_225_600;

const modelObject = ({ id, upstream }: ListedModel) => ({ id, object: 'model', created: CREATED, owned_by: upstream });

const WORD = /^[\w.\-[\]]{1,100}$/;
const MESSAGE_MAX = 2_000;

/** Reads `{"error": {…}}`. */
function readRefusal(body: string): UpstreamRefusal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const error = (value as { error?: unknown } | null)?.error;
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, type, param, code } = error as Record<string, unknown>;
  const word = (text: unknown) => (typeof text === 'string' && WORD.test(text) ? text : null);
  return typeof message === 'string' ? { message: message.slice(0, MESSAGE_MAX), type: word(type), param: word(param), code: word(code) } : undefined;
}

export const OPENAI: Dialect = {
  requestIdHeader: 'x-request-id',
  errorBody,
  readRefusal,
  refusalBody: (refusal) => JSON.stringify({ error: refusal }),
  modelBody: (model) => JSON.stringify(modelObject(model)),
  modelListBody: (models) => JSON.stringify({ object: 'list', data: models.map(modelObject) }),
};

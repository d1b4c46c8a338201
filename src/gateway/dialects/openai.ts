/** OpenAI's wire, as far as the gateway speaks it itself: what it reads of a request, its refusals, its lists of models. */
import { invalid } from '#platform/errors.ts';
import type { Part } from '../../shapes.ts';
import { REQUEST_LIMITS, scanJson, type Leaf, type ScannedJson } from '../json/scan.ts';
import { partsOf, type PlacedPart } from '../parts.ts';
import { writeSse } from '../streaming/sse.ts';
import { CHAT_REQUEST_PATHS } from './openai-paths.ts';

export interface ChatRequest {
  readonly parts: readonly PlacedPart[];
  readonly model: string;
  readonly modelPart: Part;
  readonly stream: boolean;
}

/**
 * @param body decoded from valid UTF-8
 * @throws JsonError, AppError `invalid_request`
 */
export function readChatRequest(body: string): ChatRequest {
  const scanned = scanJson(body, REQUEST_LIMITS);
  const parts = partsOf(scanned, CHAT_REQUEST_PATHS);
  const members = rootMembers(scanned);
  const modelPart = parts.find((part) => part.kind === 'value' && part.path === '/model' && !part.isNumber);
  if (scanned.containers[0]?.kind !== 'object') throw invalid('invalid_request', 'The body must be a JSON object.');
  if (modelPart === undefined) throw invalid('invalid_request', 'The member "model" must be a string.');
  return { parts, model: modelPart.text, modelPart, stream: booleanMember(members, 'stream') };
}

function rootMembers({ leaves }: ScannedJson): ReadonlyMap<string | number, Leaf> {
  const members = new Map<string | number, Leaf>();
  for (const leaf of leaves) {
    if (leaf.container === 0 && leaf.type !== 'key') members.set(leaf.segment, leaf);
  }
  return members;
}

/** Only `true`, `false` and `null` say whether to stream: what an upstream could read differently is refused. */
function booleanMember(members: ReadonlyMap<string | number, Leaf>, name: string): boolean {
  const leaf = members.get(name);
  if (leaf !== undefined && leaf.type !== 'literal') throw invalid('invalid_request', `The member "${name}" must be true or false.`);
  return leaf?.text === 'true';
}

const ERROR_TYPES: Readonly<Record<number, string>> = { 403: 'permission_error', 429: 'rate_limit_error' };

function errorType(status: number): string {
  return ERROR_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

export interface WireError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** The body of a refusal. */
export const errorBody = ({ status, code, message }: WireError): string =>
  JSON.stringify({ error: { message, type: errorType(status), param: null, code } });

/** A refusal after the answer has begun to flow: the client library raises it as it would raise the body. */
export const errorEvent = (error: WireError): string => writeSse('', errorBody(error));

/** When the gateway began to list models is not known to it; OpenAI's lists need a time. */
const CREATED = 1_767_225_600;

const modelObject = ({ id, upstream }: ListedModel) => ({ id, object: 'model', created: CREATED, owned_by: upstream });

export interface ListedModel {
  readonly id: string;
  readonly upstream: string;
}

export const modelBody = (model: ListedModel): string => JSON.stringify(modelObject(model));
export const modelListBody = (models: readonly ListedModel[]): string => JSON.stringify({ object: 'list', data: models.map(modelObject) });

/** What an upstream's refusal may say to the caller; anything else in it stays here. */
export interface UpstreamRefusal {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

const WORD = /^[\w.\-[\]]{1,100}$/;
const MESSAGE_MAX = 2_000;

/** Reads `{"error": {…}}` of an upstream. @returns undefined when the body is of another shape */
export function readUpstreamRefusal(body: string): UpstreamRefusal | undefined {
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

export const upstreamRefusalBody = (refusal: UpstreamRefusal): string => JSON.stringify({ error: refusal });

/** What the gateway reads of a request, in any dialect. */
import { invalid } from '#platform/errors.ts';
import type { Part } from '../../shapes.ts';
import { REQUEST_LIMITS, scanJson, type Leaf, type ScannedJson } from '../json/scan.ts';
import { partsOf, type PlacedPart } from '../parts.ts';
import type { Operation } from './dialect.ts';

export interface RequestBody {
  readonly parts: readonly PlacedPart[];
  readonly model: string;
  /** Absent where the body names no model and the operation has a default. */
  readonly modelPart: Part | undefined;
  readonly stream: boolean;
  /** Most tokens that the answer may have; undefined when the caller did not say. */
  readonly outputTokensMax: number | undefined;
}

/**
 * @param body decoded from valid UTF-8
 * @throws JsonError, AppError `invalid_request`
 */
export function readRequest(body: string, operation: Operation): RequestBody {
  const scanned = scanJson(body, REQUEST_LIMITS);
  const parts = partsOf(scanned, operation.requestPaths);
  const modelPart = parts.find((part) => part.kind === 'value' && part.path === '/model' && !part.isNumber);
  if (scanned.containers[0]?.kind !== 'object') throw invalid('invalid_request', 'The body must be a JSON object.');
  const model = modelPart?.text ?? operation.defaultModel;
  if (model === undefined || (modelPart === undefined && hasMember(scanned, 'model'))) throw invalid('invalid_request', 'The member "model" must be a string.');
  const stream = booleanMember(scanned, 'stream');
  if (stream && operation.stream === undefined) throw invalid('invalid_request', 'This call has no answer that could be streamed.');
  // What cannot be streamed (embeddings, moderations, counts) writes no text.
  const outputTokensMax = operation.stream === undefined ? 0 : readOutputTokensMax(scanned);
  return { parts, model, modelPart, stream, outputTokensMax };
}

/** Dialects name the bound of one answer differently; all of them are far apart from any other member. */
const TOKENS_MAX = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'];
const ANSWERS = ['n', 'best_of'];

function readOutputTokensMax(scanned: ScannedJson): number | undefined {
  const most = largestOf(scanned, TOKENS_MAX);
  return most === undefined ? undefined : most * Math.max(1, largestOf(scanned, ANSWERS) ?? 1);
}

/** @returns the largest of these root members, of those that are counts */
function largestOf({ leaves }: ScannedJson, names: readonly string[]): number | undefined {
  const counts = leaves
    .filter(({ container, type, segment }) => container === 0 && type === 'number' && names.includes(String(segment)))
    .map(({ text }) => Number(text))
    .filter((count) => Number.isSafeInteger(count) && count >= 0);
  return counts.length === 0 ? undefined : Math.min(OUTPUT_MAX, Math.max(...counts));
}

/** More than any model writes; keeps products exact. */
const OUTPUT_MAX = 10_000_000;

const hasMember = ({ leaves }: ScannedJson, name: string): boolean =>
  leaves.some(({ container, type, text }) => container === 0 && type === 'key' && text === name);

/** Only `true`, `false` and `null` say whether to stream: what an upstream could read differently is refused. */
function booleanMember({ leaves }: ScannedJson, name: string): boolean {
  const leaf = leaves.find(({ container, type, segment }: Leaf) => container === 0 && type !== 'key' && segment === name);
  if (leaf !== undefined && leaf.type !== 'literal') throw invalid('invalid_request', `The member "${name}" must be true or false.`);
  return leaf?.text === 'true';
}

/** What the gateway reads of a request, in any dialect. */
import { invalid } from '#platform/errors.ts';
import type { Part } from '../../shapes.ts';
import { REQUEST_LIMITS, scanJson, type Leaf, type ScannedJson } from '../json/scan.ts';
import { partsOf, type PlacedPart } from '../parts.ts';
import type { Operation } from './dialect.ts';

export interface RequestBody {
  readonly parts: readonly PlacedPart[];
  readonly model: string;
  readonly modelPart: Part;
  readonly stream: boolean;
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
  if (modelPart === undefined) throw invalid('invalid_request', 'The member "model" must be a string.');
  const stream = booleanMember(scanned, 'stream');
  if (stream && operation.stream === undefined) throw invalid('invalid_request', 'This call has no answer that could be streamed.');
  return { parts, model: modelPart.text, modelPart, stream };
}

/** Only `true`, `false` and `null` say whether to stream: what an upstream could read differently is refused. */
function booleanMember({ leaves }: ScannedJson, name: string): boolean {
  const leaf = leaves.find(({ container, type, segment }: Leaf) => container === 0 && type !== 'key' && segment === name);
  if (leaf !== undefined && leaf.type !== 'literal') throw invalid('invalid_request', `The member "${name}" must be true or false.`);
  return leaf?.text === 'true';
}

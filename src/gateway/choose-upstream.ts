/** Which upstream an exchange goes to: one that serves the model, to which policy lets it go, and which takes calls now. */
import { AppError } from '#platform/errors.ts';
import type { Decision } from '../shapes.ts';
import type { Enforcement } from './enforcement.ts';
import type { Passage, ReadRequest } from './passage.ts';
import { PolicyRefusal } from './refusals.ts';
import type { Destination } from './upstreams/directory.ts';
import { UpstreamError } from './upstreams/errors.ts';

/** Where the exchange goes on, or why it does not. */
export type Choice =
  | { readonly destination: Destination; readonly decision: Decision; readonly refusal?: undefined }
  | { readonly destination: Destination | undefined; readonly decision: Decision | undefined; readonly refusal: Error };

/**
 * Takes the next of `passage.ways`, asking policy for each of them. What policy decides hangs on where the words go, so that data of a
 * class may be kept to some upstreams; the others are passed over, and the record says so.
 */
export function chooseUpstream(enforcement: Enforcement, passage: Passage, request: ReadRequest): Choice {
  let denied: Choice | undefined;
  let kept: Choice | undefined;
  for (let destination = passage.ways.shift(); destination !== undefined; destination = passage.ways.shift()) {
    const { entry } = destination.upstream;
    const decision = ask(enforcement, passage, request, entry.name);
    const isDenied = decision.effect === 'deny' || decision.effect === 'hold';
    const closed = isDenied ? undefined : destination.upstream.refusal();
    if (!isDenied && closed === undefined) return { destination, decision };
    if (isDenied) denied ??= { destination, decision, refusal: new PolicyRefusal(decision) };
    if (closed !== undefined) kept ??= { destination, decision, refusal: new UpstreamError(closed) };
    passage.attempts.push({ upstream: entry.name, code: closed ?? 'not_permitted', ms: 0 });
  }
  return kept ?? denied ?? nowhere(enforcement, passage, request);
}

function ask({ policies }: Enforcement, passage: Passage, { model, parts, stream }: ReadRequest, upstream: string | undefined): Decision {
  const { id, principal, findings, route, uninspected } = passage;
  if (principal === undefined) throw new Error('Nobody was identified.');
  return policies.decide({ exchange: id, principal, model, upstream, direction: 'request', api: route.api, stream, findings, parts, uninspected: uninspected.request });
}

/** What policy says comes first here too: who may not ask learns nothing of the models. */
function nowhere(enforcement: Enforcement, passage: Passage, request: ReadRequest): Choice {
  const decision = ask(enforcement, passage, request, undefined);
  const isDenied = decision.effect === 'deny' || decision.effect === 'hold';
  return { destination: undefined, decision, refusal: isDenied ? new PolicyRefusal(decision) : modelNotFound(enforcement.directory.lists(request.model)) };
}

export const modelNotFound = (speaksAnotherApi = false): AppError =>
  new AppError(404, 'model_not_found', speaksAnotherApi
    ? 'The upstreams that serve this model do not speak this API. Call it by another one, or another model.'
    : 'No upstream serves this model. GET /v1/models lists those that can be called.');

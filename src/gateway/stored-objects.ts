/** What a request names of the objects that a provider stores, and how those of an answer are named to the caller. */
import { AppError } from '#platform/errors.ts';
import type { Enforcement } from './enforcement.ts';
import type { Handles } from './handles.ts';
import type { PlacedPart, Replacement } from './parts.ts';
import type { Passage } from './passage.ts';
import type { Destination } from './upstreams/directory.ts';

export interface StoredObjects {
  /** The upstream that stores them; absent when the request names none. */
  readonly upstreamId: string | undefined;
  /** The provider's own ids, to be put in the place of handles. */
  readonly ids: readonly Replacement[];
}

const NONE: StoredObjects = { upstreamId: undefined, ids: [] };

export const isHandle = ({ traits, text }: PlacedPart): boolean => traits?.isHandle === true && text !== '';

/**
 * Opens the handles of a request.
 * @throws AppError `previous_response_not_found`, `stored_object_not_found` (404) for what was not given to this application, or is
 *   stored elsewhere than the rest
 */
export function openHandles(handles: () => Handles, parts: readonly PlacedPart[]): StoredObjects {
  const named = parts.filter(isHandle);
  if (named.length === 0) return NONE;
  let upstreamId: string | undefined;
  const ids = named.map((part) => {
    const stored = handles().open(part.text);
    if (stored === undefined || (upstreamId !== undefined && upstreamId !== stored.upstreamId)) throw notStored(part);
    ({ upstreamId } = stored);
    return { part, text: stored.id };
  });
  return { upstreamId, ids };
}

/** @returns what names an object to the caller by its id at the upstream that answers */
export function sealing({ handles }: Enforcement, { principal, destination }: Passage): (id: string) => string {
  const own = handles(principal?.applicationId ?? '');
  const upstreamId = destination?.upstream.entry.id ?? '';
  const known = new Map<string, string>();
  return (id) => {
    let handle = known.get(id);
    if (handle === undefined) known.set(id, (handle = own.seal({ upstreamId, id })));
    return handle;
  };
}

/**
 * @returns those of the ways that lead to where the objects are stored
 * @throws AppError (404) when none of them does
 */
export function storedAt({ upstreamId, ids: [first] }: StoredObjects, ways: readonly Destination[]): Destination[] {
  const left = ways.filter(({ upstream }) => upstreamId === undefined || upstream.entry.id === upstreamId);
  if (first !== undefined && left.length === 0 && ways.length > 0) throw notStored(first.part);
  return left;
}

function notStored({ path }: Pick<PlacedPart, 'path'>): AppError {
  return path === '/previous_response_id'
    ? new AppError(404, 'previous_response_not_found', 'The previous response was not found.')
    : new AppError(404, 'stored_object_not_found', `What ${path} names was not found. Only ids that this gateway gave to the same application can be used.`);
}

/**
 * What a dialect says about the places of its bodies: a table of path patterns, compiled to a tree that a body is walked
 * along. It assigns role and trust and nothing else: a place that the table does not name is `unknown`, `untrusted`,
 * and inspected like any other.
 */
import type { Container, Leaf, ScannedJson } from '../json/scan.ts';
import type { Payload, Role, Trust } from '../../shapes.ts';

/** How a place is read. `byMessage`: as the `role` member of the message around it says; `byType`: as the place that stands here for the `type` of the object that holds it. */
export interface Place {
  readonly role: Role;
  readonly trust: Trust;
  readonly byMessage?: true;
  /** JSON text within a string. */
  readonly holdsJson?: true;
  /** A number that stands here says how to generate or count, never whom or what about; it is not a part. */
  readonly numberIsSetting?: true;
  readonly byType?: Readonly<Record<string, Place>>;
  /** What a string in base64, or a number, means here. Detectors do not read it; policy decides whether it may pass. */
  readonly payload?: Payload;
  /** Signed by the provider that made it: never altered. */
  readonly isSigned?: true;
  /** Names something that the provider stores: callers see and send it sealed (handles.ts). */
  readonly isHandle?: true;
}

/** Pattern → place. `*` stands for one member or index, a final `**` for the place itself and all that it holds. */
export type PathTable = Readonly<Record<string, Place>>;

/** Author of a message (`messages[].role`) → how its texts are read. */
export type MessageRoles = Readonly<Record<string, Place>>;

interface Node {
  readonly members: Map<string, Node>;
  any: Node | undefined;
  place: Place | undefined;
  /** Place of everything below. */
  deep: Place | undefined;
}

export interface CompiledPaths {
  readonly root: Node;
  readonly messageRoles: ReadonlyMap<string, Place>;
  readonly usesTypes: boolean;
}

export const UNKNOWN_PLACE: Place = { role: 'unknown', trust: 'untrusted' };

export function compilePaths(table: PathTable, messageRoles: MessageRoles): CompiledPaths {
  const root = newNode();
  for (const [pattern, place] of Object.entries(table)) {
    let node = root;
    for (const segment of pattern.split('/').slice(1)) {
      if (segment === '**') node.deep = place;
      else if (segment === '*') node = node.any ??= newNode();
      else node = memberOf(node, segment);
    }
    node.place = place;
  }
  const usesTypes = Object.values(table).some(({ byType }) => byType !== undefined);
  return { root, messageRoles: new Map(Object.entries(messageRoles)), usesTypes };
}

function newNode(): Node {
  return { members: new Map(), any: undefined, place: undefined, deep: undefined };
}

function memberOf(node: Node, segment: string): Node {
  let member = node.members.get(segment);
  if (member === undefined) node.members.set(segment, (member = newNode()));
  return member;
}

/** Where a container stands in the tree, and what everything below it is when the tree names nothing there. */
interface Standing {
  readonly node: Node | undefined;
  readonly deep: Place | undefined;
  /** Place by the author of the message that the container is in. */
  readonly message: Place | undefined;
}

/**
 * Answers for each leaf of a body how it is read.
 * @returns a function that is asked with leaves of this body alone
 */
export function createPlaceOf(paths: CompiledPaths, { containers, leaves }: ScannedJson): (leaf: Leaf) => Place {
  const authors = authorsOf(paths, leaves);
  const types = paths.usesTypes ? typesOf(leaves) : undefined;
  const standings: Standing[] = [];
  for (let index = 0; index < containers.length; index++) {
    const container = containers[index] as Container;
    const above = standings[container.parent];
    standings.push(above === undefined ? { node: paths.root, deep: undefined, message: undefined } : standingOf(container, above, authors?.get(index)));
  }
  return (leaf) => {
    const standing = standings[leaf.container];
    if (standing === undefined) return UNKNOWN_PLACE;
    const node = childOf(standing.node, leaf.segment);
    const found = node?.place ?? node?.deep ?? standing.deep ?? UNKNOWN_PLACE;
    const place = found.byType === undefined ? found : placeByType(found, found.byType, types?.get(leaf.container));
    return place.byMessage === true ? (standing.message ?? UNKNOWN_PLACE) : place;
  };
}

/** The `type` of each object that has one. */
function typesOf(leaves: readonly Leaf[]): Map<number, string> {
  const types = new Map<number, string>();
  for (const leaf of leaves) {
    if (leaf.segment === 'type' && leaf.type === 'string') types.set(leaf.container, leaf.text);
  }
  return types;
}

const placeByType = (otherwise: Place, places: Readonly<Record<string, Place>>, type: string | undefined): Place =>
  type !== undefined && Object.hasOwn(places, type) ? (places[type] as Place) : otherwise;

function standingOf(container: Container, above: Standing, author: Place | undefined): Standing {
  const node = childOf(above.node, container.segment);
  return { node, deep: node?.deep ?? above.deep, message: above.message ?? author };
}

const childOf = (node: Node | undefined, segment: string | number): Node | undefined =>
  node === undefined ? undefined : ((typeof segment === 'string' ? node.members.get(segment) : undefined) ?? node.any);

/** How the texts of each object that has a `role` are read; undefined where the dialect does not ask. */
function authorsOf({ messageRoles }: CompiledPaths, leaves: readonly Leaf[]): Map<number, Place> | undefined {
  if (messageRoles.size === 0) return undefined;
  const authors = new Map<number, Place>();
  for (const leaf of leaves) {
    if (leaf.segment !== 'role' || leaf.type !== 'string') continue;
    const place = messageRoles.get(leaf.text);
    if (place !== undefined) authors.set(leaf.container, place);
  }
  return authors;
}

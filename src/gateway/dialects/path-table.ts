/**
 * What a dialect says about the places of its bodies: a table of path patterns, compiled to a tree that a body is walked
 * along. It assigns role and trust and nothing else: a place that the table does not name is `unknown`, `untrusted`,
 * and inspected like any other.
 */
import type { Container, Leaf, ScannedJson } from '../json/scan.ts';
import type { Role, Trust } from '../../shapes.ts';

/** How a place is read. `byMessage`: as the `role` member of the message around it says. */
export interface Place {
  readonly role: Role;
  readonly trust: Trust;
  readonly byMessage?: true;
  /** JSON text within a string. */
  readonly holdsJson?: true;
  /** A number that stands here says how to generate or count, never whom or what about; it is not a part. */
  readonly numberIsSetting?: true;
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
  readonly messageRoles: MessageRoles;
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
  return { root, messageRoles };
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
  const authors = authorsOf(leaves);
  const standings: Standing[] = [];
  for (const [index, container] of containers.entries()) {
    const above = standings[container.parent];
    standings.push(standingOf(container, above, placeOfAuthor(paths, authors.get(index))) ?? { node: paths.root, deep: undefined, message: undefined });
  }
  return (leaf) => {
    const standing = standings[leaf.container];
    const node = standing === undefined ? undefined : childOf(standing.node, leaf.segment);
    const place = node?.place ?? node?.deep ?? standing?.deep;
    if (place === undefined) return UNKNOWN_PLACE;
    return place.byMessage === true ? (standing?.message ?? UNKNOWN_PLACE) : place;
  };
}

function standingOf(container: Container, above: Standing | undefined, author: Place | undefined): Standing | undefined {
  if (above === undefined) return undefined;
  const node = childOf(above.node, container.segment);
  return { node, deep: node?.deep ?? above.deep, message: above.message ?? author };
}

const childOf = (node: Node | undefined, segment: string | number): Node | undefined =>
  node === undefined ? undefined : ((typeof segment === 'string' ? node.members.get(segment) : undefined) ?? node.any);

/** The `role` member of each object that has one. */
function authorsOf(leaves: readonly Leaf[]): Map<number, string> {
  const authors = new Map<number, string>();
  for (const leaf of leaves) {
    if (leaf.segment === 'role' && leaf.type === 'string') authors.set(leaf.container, leaf.text);
  }
  return authors;
}

const placeOfAuthor = (paths: CompiledPaths, author: string | undefined): Place | undefined =>
  author !== undefined && Object.hasOwn(paths.messageRoles, author) ? paths.messageRoles[author] : undefined;

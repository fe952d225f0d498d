import type { Position } from '../core/problem.ts';
import type { MapNode, Node } from './tree.ts';
import { asStated } from './whose-realm.ts';

/** `at('realm.clients.storefront')`: where that is written, or the nearest parent that is. */
export const positionTable = (root: MapNode): ((path: string) => Position) => (asked) =>
  deepest(root, asStated(root, asked.split('.')), 0)?.at ?? root.at;

interface Found {
  /** How many parts of the path it says. */
  readonly parts: number;
  readonly at: Position;
}

/** A name may have dots in it, and be several parts of the path: of all ways to read it the one counts that says the most. */
const deepest = (node: Node, path: readonly string[], from: number): Found | undefined => {
  let best: Found | undefined;
  for (let to = from + 1; to <= path.length && best?.parts !== path.length; to++) {
    const below = childNamed(node, to === from + 1 ? path[from] ?? '' : path.slice(from, to).join('.'));
    if (below === undefined) continue;
    const found = deepest(below.node, path, to) ?? { parts: to, at: below.at };
    if (best === undefined || found.parts > best.parts) best = found;
  }
  return best;
};

const childNamed = (node: Node, name: string): { readonly node: Node; readonly at: Position } | undefined => {
  if (node.kind === 'map') {
    const entry = node.entries.get(name);
    return entry && { node: entry.node, at: entry.key };
  }
  const item = node.kind === 'list' && /^\d+$/.test(name) ? node.items[Number(name)] : undefined;
  return item && { node: item, at: item.at };
};

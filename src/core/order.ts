import { groupBy } from './collections.ts';
import type { BoundKind } from './provider.ts';
import type { Address } from './resource.ts';
import { addressOf } from './resource.ts';

interface Node {
  readonly kind: string;
  readonly id: string;
  readonly after: readonly Address[];
}

/**
 * The nodes in waves: a wave needs only earlier ones, and its members may be written side by side. An edge is an address in `after`,
 * or a kind that must come first. Addresses that are not in the list are taken as already in force. Throws on a cycle: that is a bug of a pattern.
 */
export const wavesOf = <T extends Node>(nodes: readonly T[], kinds: ReadonlyMap<string, Pick<BoundKind, 'after'>>): readonly (readonly T[])[] => {
  const byAddress = new Map(nodes.map((node) => [addressOf(node), node]));
  const byKind = groupBy(nodes, ({ kind }) => kind);
  const levels = new Map<T, number>();
  const kindLevels = new Map<string, number>();
  const open = new Set<unknown>();

  const kindLevel = (kind: string): number => {
    const known = kindLevels.get(kind);
    if (known !== undefined) return known;
    const level = (byKind.get(kind) ?? []).reduce((highest, node) => Math.max(highest, levelOf(node)), -1);
    kindLevels.set(kind, level);
    return level;
  };
  const levelOf = (node: T): number => {
    const known = levels.get(node);
    if (known !== undefined) return known;
    if (open.has(node)) throw new Error(`dependency cycle through ${addressOf(node)}`);
    open.add(node);
    // A loop: an object may wait for hundreds of others, and there are thousands of objects.
    let before = -1;
    for (const address of node.after) {
      const other = byAddress.get(address);
      if (other !== undefined) before = Math.max(before, levels.get(other) ?? levelOf(other));
    }
    for (const kind of kinds.get(node.kind)?.after ?? []) before = Math.max(before, kindLevel(kind));
    const level = 1 + before;
    open.delete(node);
    levels.set(node, level);
    return level;
  };

  const waves: T[][] = [];
  for (const node of nodes) (waves[levelOf(node)] ??= []).push(node);
  return waves.filter((wave) => wave !== undefined);
};

/** The kinds in the order in which their objects are deleted: dependents first, unless a kind states its own `removeAfter`. */
export const removalOrder = (kinds: readonly BoundKind[]): readonly string[] => {
  const names = new Set(kinds.map(({ name }) => name));
  const before = (kind: BoundKind): readonly string[] =>
    (kind.removeAfter ?? kinds.filter(({ after }) => after.includes(kind.name)).map(({ name }) => name)).filter((name) => names.has(name));
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  const order: string[] = [];
  const visit = (kind: BoundKind, path: readonly string[]): void => {
    if (path.includes(kind.name)) throw new Error(`removal cycle through ${kind.name}`);
    for (const name of before(kind)) visit(byName.get(name) as BoundKind, [...path, kind.name]);
    if (!order.includes(kind.name)) order.push(kind.name);
  };
  for (const kind of kinds) visit(kind, []);
  return order;
};

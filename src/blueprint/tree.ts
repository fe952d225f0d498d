import type { Position } from '../core/problem.ts';
import { Secret } from '../core/secret.ts';

/** A YAML value that still knows where it stands. Trees of several files are merged without losing a position. */
export type Node = MapNode | ListNode | ScalarNode | UnknownNode;
export interface Entry {
  /** Where the key stands. */
  readonly key: Position;
  readonly node: Node;
}
export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Position;
}
interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly at: Position;
}
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string | Secret;
  readonly at: Position;
  /** The reference the value came from (`${KEYCLOAK_URL}`): messages show it in place of the value. */
  readonly from?: string;
}
/** A reference that could not be resolved: already reported, and nothing may be said about its value. */
interface UnknownNode {
  readonly kind: 'unknown';
  readonly at: Position;
}

/** Keys and list indexes from the root: `['realm', 'clients', 'storefront', 'redirectUris', '0']`. */
export type Path = readonly string[];

export const childOf = (node: Node | undefined, key: string): Node | undefined => {
  if (node?.kind === 'map') return node.entries.get(key)?.node;
  if (node?.kind === 'list') return node.items[Number(key)];
  return undefined;
};

export const nodeAt = (root: Node, path: Path): Node | undefined => {
  let node: Node | undefined = root;
  for (const key of path) node = childOf(node, key);
  return node;
};

/**
 * The place of a path, or of the nearest parent that is written down. `key` is where the key of a mapping stands, `value` where its
 * value begins (the next line, for a nested mapping).
 */
export const positionOf = (root: Node, path: Path, side: 'key' | 'value' = 'key'): Position => {
  let node: Node = root;
  let at = root.at;
  for (const key of path) {
    const entry = node.kind === 'map' ? node.entries.get(key) : undefined;
    const next = entry?.node ?? childOf(node, key);
    if (!next) return at;
    at = entry && (side === 'key' || next.kind === 'map' || next.kind === 'list') ? entry.key : next.at;
    node = next;
  }
  return at;
};

/** An object without a prototype: a name such as `constructor` in a blueprint is then a name and nothing else. */
export const record = <Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> => {
  // Of its prototype alone TypeScript knows nothing, and says `any`.
  const result = Object.create(null) as Record<string, Value>;
  for (const [key, value] of entries) result[key] = value;
  return result;
};

/** The tree as plain data, for the schema. Secrets and unresolved references become placeholders. */
export const plain = (node: Node): unknown => {
  if (node.kind === 'map') return record([...node.entries].map(([key, entry]) => [key, plain(entry.node)] as const));
  if (node.kind === 'list') return node.items.map(plain);
  if (node.kind === 'unknown') return '';
  return node.value instanceof Secret ? '[secret]' : node.value;
};

/** The path is good for the time of the call: who keeps it, copies it. */
type Change = (scalar: ScalarNode, path: Path) => Node | undefined;

/** The tree in which every scalar went through `change`; `undefined` removes it from its map or list. Parts in which nothing changed are the same. */
export const mapScalars = (root: MapNode, change: Change): MapNode => mapEntries(root, change, []);

const mapEntries = (map: MapNode, change: Change, path: string[]): MapNode => {
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of map.entries) {
    const changed = mapBelow(entry.node, key, change, path);
    if (changed === entry.node) continue;
    entries ??= new Map(map.entries);
    if (changed) entries.set(key, { key: entry.key, node: changed });
    else entries.delete(key);
  }
  return entries ? { ...map, entries } : map;
};

const mapBelow = (node: Node, key: string, change: Change, path: string[]): Node | undefined => {
  path.push(key);
  const changed = mapNode(node, change, path);
  path.pop();
  return changed;
};

const mapNode = (node: Node, change: Change, path: string[]): Node | undefined => {
  if (node.kind === 'unknown') return node;
  if (node.kind === 'scalar') return change(node, path);
  if (node.kind === 'map') return mapEntries(node, change, path);
  const items = node.items.map((item, index) => mapBelow(item, String(index), change, path));
  return items.every((item, index) => item === node.items[index]) ? node : { ...node, items: items.filter((item) => item !== undefined) };
};

/** A map without some of its keys. */
export const without = (node: MapNode, keys: readonly string[]): MapNode => ({
  ...node,
  entries: new Map([...node.entries].filter(([key]) => !keys.includes(key))),
});

/** RFC 7396 (JSON merge patch) on positioned trees: maps merge, everything else is replaced, `null` removes. */
export const overlay = (base: MapNode, patch: MapNode): MapNode => {
  const entries = new Map(base.entries);
  for (const [key, { key: at, node }] of patch.entries) {
    const below = entries.get(key);
    if (node.kind === 'scalar' && node.value === null) entries.delete(key);
    else entries.set(key, { key: at, node: below?.node.kind === 'map' && node.kind === 'map' ? overlay(below.node, node) : node });
  }
  return { ...base, entries };
};

type Conflict = (path: Path, first: Node, second: Entry) => void;

/** Two files as one tree. What both state must be a map in both, or the same value: `conflict` hears about everything else. */
export const union = (first: MapNode, second: MapNode, conflict: Conflict, path: Path = []): MapNode => {
  const entries = new Map(first.entries);
  for (const [key, entry] of second.entries) {
    const below = entries.get(key);
    const here = [...path, key];
    if (!below) entries.set(key, entry);
    else if (below.node.kind === 'map' && entry.node.kind === 'map')
      entries.set(key, { key: below.key, node: union(below.node, entry.node, conflict, here) });
    else if (JSON.stringify(plain(below.node)) !== JSON.stringify(plain(entry.node))) conflict(here, below.node, entry);
  }
  return { ...first, entries };
};

import type { Position } from '../core/problem.ts';
import type { MapNode, Node } from './tree.ts';
import { asStated } from './whose-realm.ts';

/** `at('realm.clients.storefront')`: where that is written, or the nearest parent that is. */
export const positionTable = (root: MapNode): ((path: string) => Position) => {
  let table: Map<string, Position> | undefined;
  return (asked) => {
    table ??= tableOf(root);
    const path = asStated(root, asked.split('.')).join('.');
    for (let prefix = path; prefix !== ''; prefix = prefix.slice(0, Math.max(prefix.lastIndexOf('.'), 0))) {
      const found = table.get(prefix);
      if (found) return found;
    }
    return root.at;
  };
};

const tableOf = (root: MapNode): Map<string, Position> => {
  const table = new Map<string, Position>();
  const add = (node: Node, path: string): void => {
    if (node.kind === 'map')
      for (const [key, entry] of node.entries) {
        table.set(path + key, entry.key);
        add(entry.node, `${path}${key}.`);
      }
    if (node.kind === 'list')
      node.items.forEach((item, index) => {
        table.set(`${path}${index}`, item.at);
        add(item, `${path}${index}.`);
      });
  };
  add(root, '');
  return table;
};

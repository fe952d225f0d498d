import { Problem } from '../core/problem.ts';
import type { Position } from '../core/problem.ts';
import type { ProblemCode } from '../problems/index.ts';
import { positionOf } from './tree.ts';
import type { Node, Path } from './tree.ts';
import { asStated } from './whose-realm.ts';

interface Detail {
  readonly hint?: string | undefined;
  readonly expected?: string | undefined;
  /** Point at the key (what is called so) or at its value (what it says). */
  readonly side?: 'key' | 'value';
  /** What stands there is not to be quoted. */
  readonly sensitive?: boolean;
}

/**
 * Collects what is wrong, once per place: when something was already said about a value, nothing further is said about it or what is
 * inside it, because a second message would only be an echo of the first.
 */
export interface Findings {
  readonly add: (code: ProblemCode, path: Path, message: string, detail?: Detail) => void;
  /** Nothing was said about this path or a parent of it. */
  readonly sound: (path: Path) => boolean;
  /** Nor about anything inside it. What follows from several values is judged only when each of them is in order. */
  readonly clean: (path: Path) => boolean;
  readonly problems: readonly Problem[];
}

export const findingsOn = (root: Node): Findings => {
  const problems: Problem[] = [];
  const faulty = new Set<string>();
  const faultyPaths: Path[] = [];
  const unknowns = unknownPaths(root);
  const marked = (path: Path): boolean => faulty.size > 0 && path.some((_, length) => faulty.has(join(path.slice(0, length + 1))));
  const vague = (path: Path): boolean => unknowns.some((unknown) => startsWith(path, unknown));
  return {
    problems,
    sound: (asked) => {
      const path = asStated(root, asked);
      return !marked(path) && !vague(path);
    },
    clean: (asked) => {
      const path = asStated(root, asked);
      return !marked(path) && !vague(path) && ![...unknowns, ...faultyPaths].some((fault) => startsWith(fault, path));
    },
    add: (code, asked, message, { side = 'value', ...detail } = {}) => {
      const path = asStated(root, asked);
      if (vague(path) || marked(path)) return;
      faulty.add(join(path));
      faultyPaths.push(path);
      problems.push(new Problem(code, message, { at: positionOf(root, path, side), ...detail }));
    },
  };
};

const join = (path: Path): string => path.join('\u0000');
const startsWith = (path: Path, prefix: Path): boolean => prefix.every((key, index) => path[index] === key);

/** One path that grows and shrinks: most trees have tens of thousands of nodes, and none that is unknown. */
const unknownPaths = (root: Node): readonly Path[] => {
  const found: Path[] = [];
  const path: string[] = [];
  const look = (node: Node): void => {
    if (node.kind === 'unknown') found.push([...path]);
    else if (node.kind === 'list') for (const [index, item] of node.items.entries()) below(String(index), item);
    else if (node.kind === 'map') for (const [key, entry] of node.entries) below(key, entry.node);
  };
  const below = (key: string, node: Node): void => {
    path.push(key);
    look(node);
    path.pop();
  };
  look(root);
  return found;
};

/** By file in order of reading, then from top to bottom. */
export const inReadingOrder = (problems: readonly Problem[], files: readonly string[]): readonly Problem[] => {
  const rank = (at: Position | undefined): readonly [number, number, number] =>
    at ? [files.indexOf(at.file), at.line, at.column] : [-1, 0, 0];
  return problems.toSorted((left, right) => {
    const a = rank(left.at);
    const b = rank(right.at);
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  });
};

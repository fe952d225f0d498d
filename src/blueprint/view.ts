import { Secret } from '../core/secret.ts';
import { childOf } from './tree.ts';
import type { Node } from './tree.ts';

/**
 * Reads a node as what its place should hold. What has the wrong type reads as absent: it has been reported, and the rest of the
 * blueprint can still be checked.
 */
export interface View {
  readonly node: Node | undefined;
  readonly get: (key: string) => View;
  readonly text: () => string | undefined;
  readonly number: () => number | undefined;
  readonly flag: () => boolean | undefined;
  readonly secret: () => Secret | undefined;
  readonly seconds: () => number | undefined;
  readonly texts: () => readonly string[] | undefined;
  readonly entries: () => readonly (readonly [string, View])[];
}

export const viewOf = (node: Node | undefined): View => {
  const value = node?.kind === 'scalar' ? node.value : undefined;
  const text = typeof value === 'string' ? value : undefined;
  return {
    node,
    get: (key) => viewOf(childOf(node, key)),
    text: () => text,
    number: () => (typeof value === 'number' ? value : undefined),
    flag: () => (typeof value === 'boolean' ? value : undefined),
    secret: () => (value instanceof Secret ? value : undefined),
    seconds: () => (text === undefined ? undefined : secondsOf(text)),
    texts: () => (node?.kind === 'list' ? node.items.flatMap((item) => viewOf(item).text() ?? []) : undefined),
    entries: () => (node?.kind === 'map' ? [...node.entries].map(([key, entry]) => [key, viewOf(entry.node)] as const) : []),
  };
};

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `5m` in seconds. */
const secondsOf = (text: string): number | undefined => {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
};

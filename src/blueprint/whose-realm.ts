import { nodeAt } from './tree.ts';
import type { Node, Path } from './tree.ts';

/** The blueprint trusts an issuer that is not ours, and has no realm. */
export const hasForeignIssuer = (root: Node): boolean => nodeAt(root, ['issuer']) !== undefined && nodeAt(root, ['realm']) === undefined;

/**
 * Where a file states what the rest of the program calls the realm's: roles, scopes and clients of an issuer that is not ours stand under `issuer`,
 * and its address is there in the place of a target.
 */
export const asStated = (root: Node, path: Path): Path => {
  const [first, second, ...rest] = path;
  if ((first !== 'realm' && !(first === 'targets' && second === 'keycloak')) || !hasForeignIssuer(root)) return path;
  if (first === 'targets') return nodeAt(root, ['targets', 'keycloak']) ? path : ['issuer', 'url'];
  if (second === undefined || second === 'name') return ['issuer'];
  return second === 'tokens' ? ['issuer', ...rest] : ['issuer', second, ...rest];
};

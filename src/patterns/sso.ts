import type { Blueprint } from '../blueprint/types.ts';
import { tokenChain } from './kong/token-chain.ts';
import type { Group, Part } from './objects.ts';

/** `sso` on open-source Kong: the client's own JWT, in header or cookie, goes through token guard, jwt and scope guard as it comes. */
export const ssoPart = (blueprint: Blueprint, group: Group): Part => tokenChain(blueprint, group, { plugins: () => [], guard: {} });

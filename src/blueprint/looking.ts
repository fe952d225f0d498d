import { Problem } from '../core/problem.ts';
import type { Blueprint } from './types.ts';

export type TargetName = keyof Blueprint['targets'];

/** The target stays as it is, whatever is asked: `manage: none`. */
export const isOnlyLookedAt = ({ targets }: Pick<Blueprint, 'targets'>, target: TargetName): boolean => targets[target]?.manage === 'none';

/** Targets of a blueprint that nothing is written to. */
export const onlyLookedAt = ({ targets }: Pick<Blueprint, 'targets'>): readonly TargetName[] =>
  (Object.keys(targets) as TargetName[]).filter((target) => isOnlyLookedAt({ targets }, target));

/** `targets.kong is only looked at` */
export const lookedAtText = (targets: readonly string[]): string => {
  const names = targets.map((target) => `targets.${target}`);
  const [last] = names.slice(-1);
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${String(last)} are only looked at` : `${String(last)} is only looked at`;
};

/** What was about to be written, or asked for, where nothing may be. */
export const onlyLooking = ({ at }: Pick<Blueprint, 'at'>, targets: readonly TargetName[], what: string): Problem =>
  new Problem('TARGET_ONLY_LOOKED_AT', `${what}: ${lookedAtText(targets)}`, {
    at: at(targets.length === 1 ? `targets.${String(targets[0])}.manage` : 'manage'),
    hint: 'take "manage: none" away, or change it with the tool that keeps it',
  });

/** Says why a request is not sent; nothing of one that may be. */
export type Refuses = (method: string, path: string) => Problem | undefined;

const READING: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** What is asked of a server by a POST and changes nothing there: a login, an export, a question. */
const ASKING: Partial<Record<TargetName, RegExp>> = {
  keycloak: /^\/realms\/[^/]+\/protocol\/openid-connect\/token$|^\/admin\/realms\/[^/]+\/partial-export\?/,
  opa: /^\/v1\/(query|data|compile)(\/|\?|$)/,
};

/**
 * The guard before every sender to a target that is only looked at: whatever asked for a write, it is not sent. Undefined of a target that is
 * managed. Paths begin below the server's base URL.
 */
export const refusesWrites = (blueprint: Pick<Blueprint, 'targets' | 'at'>, target: TargetName): Refuses | undefined =>
  isOnlyLookedAt(blueprint, target)
    ? (method, path) => (READING.includes(method) || (method === 'POST' && ASKING[target]?.test(path)) ? undefined : onlyLooking(blueprint, [target], `${`${method} ${path.replace(/\?.*$/, '')}`.trim()} was not sent`))
    : undefined;

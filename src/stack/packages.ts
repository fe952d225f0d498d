import { createRequire } from 'node:module';
import { Problem } from '../core/problem.ts';
import type { StackNeeds, StackPart } from './types.ts';

/** Who has servers of his own needs none of these, so that authctl does not bring them. */
const PACKAGES = {
  'authctl-stand-ins': 'the stand-ins for Kong and API Gateway, and the upstreams that record what reaches them',
  'authctl-service': 'the middleware of services that verify tokens themselves',
} as const;
type Package = keyof typeof PACKAGES;

export const packagesFor = (parts: readonly StackPart[], { guarded = {} }: StackNeeds): readonly Package[] => {
  const upstreams = parts.includes('upstreams');
  return [
    ...(upstreams || parts.includes('kong') || parts.includes('aws') ? ['authctl-stand-ins' as const] : []),
    ...(upstreams && Object.keys(guarded).length > 0 ? ['authctl-service' as const] : []),
  ];
};

/** Looks before anything is downloaded or started. Throws `STACK_NO_PACKAGE`. */
export const checkInstalled = (wanted: readonly Package[], resolve: (name: string) => unknown = createRequire(import.meta.url).resolve): void => {
  const missing = wanted.filter((name) => {
    try {
      resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return;
  throw new Problem('STACK_NO_PACKAGE', `not installed: ${missing.map((name) => `${name} (${PACKAGES[name]})`).join(', ')}`, {
    hint: `"npm i ${missing.join(' ')}" beside authctl, with -g where authctl itself is global`,
  });
};

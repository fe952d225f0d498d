import type { Findings } from '../findings.ts';
import { elsewhere } from '../elsewhere.ts';
import type { Borrowed } from '../resolve.ts';
import type { Blueprint } from '../types.ts';

/**
 * A local stack's secrets are good on this machine alone. Where the target that one is for is elsewhere, as in an environment that states its
 * own addresses, the secret is one that was forgotten: sent there, it would be refused, or become what people sign in with.
 */
export const checkBorrowed = ({ targets, foreign }: Pick<Blueprint, 'targets' | 'foreign'>, borrowed: readonly Borrowed[], findings: Findings): void => {
  const away = elsewhere(targets, foreign?.url);
  for (const { name, path } of borrowed) {
    const [section, target = ''] = path;
    // What is no target's own is the realm's, or goes where its tokens are taken.
    const matters = section === 'targets' ? away.has(target) : away.has('keycloak') || away.has('kong');
    if (!matters) continue;
    findings.add('BLUEPRINT_VARIABLE_MISSING', path, `the environment variable ${name} is not set, and the local stack's is for this machine alone`, {
      hint: `export ${name}, or run with --no-stack to see everything that is missing`,
    });
  }
};

import { nearest } from '../nearest.ts';
import type { Context } from './context.ts';

/** That each waiver is of a check there is. Which there are is asked only where one is waived. */
export const checkWaivers = async ({ blueprint: { waivers }, findings }: Pick<Context, 'blueprint' | 'findings'>, checkIds: () => Promise<readonly string[]>): Promise<void> => {
  if (waivers.length === 0) return;
  const ids = await checkIds();
  for (const [index, { check }] of waivers.entries()) {
    // One without an id, or with another thing in its place, is told already.
    if (typeof check !== 'string' || ids.includes(check)) continue;
    const close = nearest(check, ids);
    findings.add('BLUEPRINT_UNKNOWN_CHECK', ['waivers', String(index), 'check'], `there is no check "${check}" to waive`, { hint: `${close === undefined ? '' : `did you mean "${close}"? `}docs/checks.md lists them all` });
  }
};

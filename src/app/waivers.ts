import type { Blueprint } from '../blueprint/types.ts';
import { Problem, Problems } from '../core/problem.ts';

/** That each waiver is of a check there is. The catalogue is loaded only where one is asked about. */
export const waivesWhatThereIs = async ({ waivers }: Blueprint): Promise<void> => {
  if (waivers.length === 0) return;
  const { checks } = await import('../checks/catalogue.ts');
  const { nearest } = await import('../blueprint/nearest.ts');
  const ids = checks.map(({ id }) => id);
  const unknown = waivers.filter(({ check }) => !ids.includes(check));
  if (unknown.length === 0) return;
  throw new Problems(
    unknown.map(({ check, origin }) => {
      const close = nearest(check, ids);
      return new Problem('BLUEPRINT_UNKNOWN_CHECK', `there is no check "${check}" to waive`, { at: origin, hint: `${close === undefined ? '' : `did you mean "${close}"? `}docs/checks.md lists them all` });
    }),
  );
};

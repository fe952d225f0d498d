import { NOT_JUDGED } from './draw-events.ts';
import type { Action } from './index.ts';

export const validateCommand: Action<object> = async ({ authctl, finish }, path) => {
  const { data, ...report } = await authctl.validate(path);
  if (!data) return finish(report);
  const { objects, targets, policyJudged } = data;
  return finish({ ...report, text: `${path} is valid: ${objects} objects in ${targets} targets${policyJudged ? '' : `; ${NOT_JUDGED}`}` });
};

import type { Action } from './index.ts';

export const acceptCommand: Action<{ reason: string; until?: string; only?: string }> = async ({ authctl, finish }, path, { reason, until, only }) =>
  finish(await authctl.accept(path, { reason, ...(until !== undefined && { until }), ...(only !== undefined && { only: only.split(',') }) }));

import { Problem } from '../core/problem.ts';
import type { Action } from './index.ts';

export const verifyCommand: Action<{ disruptive?: boolean; only?: string; rate: string }> = async ({ authctl, finish }, path, options) => {
  const rate = Number(options.rate);
  if (!Number.isFinite(rate) || rate <= 0)
    throw new Problem('CLI_BAD_RATE', `--rate ${options.rate} is no number of requests per second`, { expected: 'a number above 0', hint: 'leave it out for 500' });
  const only = options.only?.split(',').map((part) => part.trim()) ?? [];
  return finish(await authctl.verify(path, { only, rate, disruptive: options.disruptive === true }));
};

import { Problem } from '../core/problem.ts';
import type { Action } from './index.ts';

export const verifyCommand: Action<{ disruptive?: boolean; only?: string; rate: string; budget?: string; dryRun?: boolean; clean?: boolean; lockTimeout?: string }> = async (context, path, options) => {
  const { authctl, finish, interruptible, terminal } = context;
  const rate = Number(options.rate);
  if (!Number.isFinite(rate) || rate <= 0)
    throw new Problem('CLI_BAD_RATE', `--rate ${options.rate} is no number of requests per second`, { expected: 'a number above 0', hint: 'leave it out for 500' });
  const budget = options.budget === undefined ? undefined : Number(options.budget);
  if (budget !== undefined && !(Number.isInteger(budget) && budget > 0))
    throw new Problem('CLI_BAD_BUDGET', `--budget ${options.budget ?? ''} is no number of requests`, { expected: 'a whole number above 0', hint: 'leave it out for no bound' });
  const only = options.only?.split(',').map((part) => part.trim()) ?? [];
  const interrupted = (): void => terminal.say('interrupted: what verify made is taken away');
  const request = { only, rate, ...(budget !== undefined && { budget }), disruptive: options.disruptive === true, clean: options.clean === true, dryRun: options.dryRun === true, lockTimeout: options.lockTimeout };
  return finish(await interruptible(() => authctl.verify(path, request), interrupted));
};

import type { Action } from './index.ts';

export const verifyCommand: Action<{ disruptive?: boolean; only?: string; rate: string; budget?: string; changed?: boolean; dryRun?: boolean; clean?: boolean; lockTimeout?: string }> = async (context, path, options) => {
  const { authctl, finish, interruptible, terminal } = context;
  const only = options.only?.split(',').map((part) => part.trim()) ?? [];
  const interrupted = (): void => terminal.say('interrupted: what verify made is taken away');
  const request = { only, rate: Number(options.rate), ...(options.budget !== undefined && { budget: Number(options.budget) }), disruptive: options.disruptive === true, changed: options.changed === true, clean: options.clean === true, dryRun: options.dryRun === true, lockTimeout: options.lockTimeout };
  return finish(await interruptible(() => authctl.verify(path, request), interrupted));
};

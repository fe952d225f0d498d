import type { Action } from './index.ts';

export const driftCommand: Action<{ watch?: boolean; interval: string; listen: string }> = async ({ authctl, env, finish, interruptible, terminal }, path, { watch, interval, listen }) => {
  if (!watch) return finish(await authctl.drift(path));
  const webhook = env['AUTHCTL_WEBHOOK'];
  const request = { interval, listen, ...(webhook !== undefined && webhook !== '' && { webhook }) };
  return finish(await interruptible(() => authctl.watch(path, request), () => terminal.say('stopping: the look under way is finished')));
};

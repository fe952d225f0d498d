import { ask } from './apply.ts';
import type { Action } from './index.ts';
import { finishing } from './propose.ts';

interface DriftFlags {
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly lockTimeout?: string;
  readonly watch?: boolean;
  readonly interval: string;
  readonly listen: string;
}

export const driftCommand: Action<DriftFlags> = async (context, path, { fix, yes, lockTimeout, watch, interval, listen }) => {
  const { authctl, env, finish, interruptible, terminal } = context;
  if (fix) return finish(await interruptible(() => authctl.fix(path, { lockTimeout, approve: yes ? true : ask(context, 'put this back') }), finishing(context)));
  if (!watch) return finish(await authctl.drift(path));
  const webhook = env['AUTHCTL_WEBHOOK'];
  const request = { interval, listen, ...(webhook !== undefined && webhook !== '' && { webhook }) };
  return finish(await interruptible(() => authctl.watch(path, request), () => terminal.say('stopping: the look under way is finished')));
};

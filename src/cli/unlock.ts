import { describeHolder } from '../core/lock.ts';
import type { Unlocked } from '../app/index.ts';
import type { Action } from './index.ts';

export const unlockCommand: Action<{ yes?: boolean }> = async ({ authctl, finish, terminal }, path, { yes }) => {
  const approve = (held: Unlocked['held']): Promise<boolean> => {
    for (const { where, holder } of held) terminal.say(`${where}: ${describeHolder(holder)}`);
    return terminal.confirm('take the lock away? Whoever holds it begins nothing new');
  };
  return finish(await authctl.unlock(path, { approve: yes ? true : approve }));
};

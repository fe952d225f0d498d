import type { Proposal } from '../app/index.ts';
import { finishing, proposed } from './propose.ts';
import type { Action } from './index.ts';

export const destroyCommand: Action<{ yes?: boolean; lockTimeout?: string }> = async (context, path, { yes, lockTimeout }) => {
  const { authctl, finish, interruptible, terminal } = context;
  const approve = ({ blueprint, plan }: Proposal): Promise<boolean> => {
    proposed(context, { command: 'destroy', plan, problems: [] });
    return terminal.confirm(`delete everything that belongs to "${blueprint}"?`);
  };
  return finish(await interruptible(() => authctl.destroy(path, { lockTimeout, approve: yes ? true : approve }), finishing(context)));
};

import type { Proposal } from '../app/index.ts';
import { finishing, proposed } from './propose.ts';
import type { Action } from './index.ts';

export const releaseCommand: Action<{ yes?: boolean; only?: string; lockTimeout?: string }> = async (context, path, { yes, only, lockTimeout }) => {
  const { authctl, finish, interruptible, terminal } = context;
  const approve = ({ blueprint, plan }: Proposal): Promise<boolean> => {
    proposed(context, { command: 'release', plan, problems: [] });
    return terminal.confirm(`let go of these objects of "${blueprint}", and leave them as they are?`);
  };
  const chosen = only !== undefined && { only: only.split(',').map((address) => address.trim()) };
  return finish(await interruptible(() => authctl.release(path, { ...chosen, lockTimeout, approve: yes ? true : approve }), finishing(context)));
};

import type { Proposal } from '../app/index.ts';
import type { Context } from './context.ts';
import { finishing, proposed } from './propose.ts';
import type { Action } from './index.ts';

export const applyCommand: Action<{ yes?: boolean; prune?: boolean; adopt?: boolean; lockTimeout?: string }> = async (context, path, { yes, ...options }) => {
  const { authctl, finish, interruptible } = context;
  return finish(await interruptible(() => authctl.apply(path, { ...options, approve: yes ? true : ask(context) }), finishing(context)));
};

const ask =
  (context: Context) =>
  ({ plan, access }: Proposal): Promise<boolean> => {
    proposed(context, { command: 'plan', plan, problems: [], ...(access && { access }) });
    const opened = access?.first === false ? access.changes.filter(({ change }) => change === 'opens').length : 0;
    if (opened === 0) return context.terminal.confirm('apply these changes?');
    return context.terminal.confirm(`apply these changes, and open ${opened === 1 ? 'one cell' : `${opened} cells`} of the access matrix?`, 'yes');
  };

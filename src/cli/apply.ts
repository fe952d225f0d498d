import type { Proposal } from '../app/index.ts';
import type { Context } from './context.ts';
import { finishing, proposed } from './propose.ts';
import type { Action } from './index.ts';

export const applyCommand: Action<{ yes?: boolean; prune?: boolean; adopt?: boolean; resume?: boolean; lockTimeout?: string }> = async (context, path, { yes, ...options }) => {
  const { authctl, finish, interruptible } = context;
  return finish(await interruptible(() => authctl.apply(path, { ...options, approve: yes ? true : ask(context, 'apply these changes') }), finishing(context)));
};

/** Shows what would be done, and asks for it; where somebody is let in, by a word that nobody types by habit. */
export const ask =
  (context: Context, what: string) =>
  ({ plan, access }: Proposal): Promise<boolean> => {
    proposed(context, { command: 'plan', plan, problems: [], ...(access && { access }) });
    const opened = access?.first === false ? access.changes.filter(({ change }) => change === 'opens').length : 0;
    if (opened === 0) return context.terminal.confirm(`${what}?`);
    return context.terminal.confirm(`${what}, and open ${opened === 1 ? 'one cell' : `${opened} cells`} of the access matrix?`, 'yes');
  };

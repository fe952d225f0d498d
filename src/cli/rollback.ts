import { ask } from './apply.ts';
import { finishing } from './propose.ts';
import type { Action } from './index.ts';

export const rollbackCommand: Action<{ yes?: boolean; to?: string; adopt?: boolean; allowOpening?: boolean; lockTimeout?: string }> = async (context, path, { yes, ...options }) => {
  const { authctl, finish, interruptible } = context;
  return finish(await interruptible(() => authctl.rollback(path, { ...options, approve: yes ? true : ask(context, 'go back to this') }), finishing(context)));
};

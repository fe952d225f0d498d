import type { RotationProposal } from '../app/index.ts';
import type { Context } from './context.ts';
import { finishing } from './propose.ts';

export interface RotateFlags {
  readonly yes?: boolean;
  readonly emergency?: boolean;
  readonly wait?: string;
  readonly lockTimeout?: string;
}

export const rotateKeysCommand = async (context: Context, path: string, { yes, ...options }: RotateFlags): Promise<number> => {
  const { authctl, finish, interruptible, terminal } = context;
  // Who is locked out is told before it happens, asked or not.
  const approve = ({ text }: RotationProposal): boolean | Promise<boolean> => {
    terminal.say(text);
    return yes === true || terminal.confirm(options.emergency ? 'retire the key now, and lock them out?' : 'rotate the key like this?');
  };
  return finish(await interruptible(() => authctl.rotateKeys(path, { ...options, approve }), finishing(context)));
};

import { proposed } from './propose.ts';
import type { Action } from './index.ts';

export const releaseCommand: Action<{ yes?: boolean; only?: string }> = async (context, path, { yes, only }) => {
  const report = await context.authctl.release(path, {
    ...(only !== undefined && { only: only.split(',').map((address) => address.trim()) }),
    approve: yes
      ? true
      : ({ blueprint, plan }) => {
          proposed(context, { command: 'release', plan, problems: [] });
          return context.terminal.confirm(`let go of these objects of "${blueprint}", and leave them as they are?`);
        },
  });
  return context.finish(report);
};

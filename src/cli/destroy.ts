import { proposed } from './propose.ts';
import type { Action } from './index.ts';

export const destroyCommand: Action<{ yes?: boolean }> = async (context, path, { yes }) => {
  const report = await context.authctl.destroy(path, {
    approve: yes
      ? true
      : ({ blueprint, plan }) => {
          proposed(context, { command: 'destroy', plan, problems: [] });
          return context.terminal.confirm(`delete everything that belongs to "${blueprint}"?`);
        },
  });
  return context.finish(report);
};

import type { Context } from './context.ts';

export const historyCommand = async ({ authctl, finish }: Context, run: string | undefined): Promise<number> => finish(await authctl.history(run === undefined ? {} : { run }));

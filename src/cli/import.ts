import type { Context } from './context.ts';

export interface ImportFlags {
  readonly fromFile?: readonly string[];
  readonly out?: string;
  readonly force?: boolean;
  readonly name?: string;
}

export const importCommand = async ({ authctl, finish }: Context, { fromFile = [], out, force, name }: ImportFlags): Promise<number> =>
  finish(
    await authctl.import({
      files: fromFile,
      ...(out !== undefined && { out }),
      ...(force !== undefined && { force }),
      ...(name !== undefined && { name }),
    }),
  );

import type { Context } from './context.ts';

/** `explain [blueprint] [what]`: a first argument that names no YAML file is `what`, and the blueprint is the default one. */
export const explainCommand = async ({ authctl, finish }: Context, first: string, second: string | undefined): Promise<number> => {
  const isFile = second !== undefined || /\.(ya?ml|json)$/i.test(first);
  const [path, what] = isFile ? [first, second] : ['blueprint.yaml', first];
  return finish(await authctl.explain(path, what));
};

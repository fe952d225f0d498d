import { readFile } from 'node:fs/promises';
import type { Context } from './context.ts';

/** `schema`: of a blueprint, for editors; the file that comes with this version of the program. */
export const schemaCommand = async ({ finish }: Context): Promise<number> =>
  finish({ command: 'schema', problems: [], text: (await readFile(new URL('../../schema/blueprint.schema.json', import.meta.url), 'utf8')).trimEnd() });

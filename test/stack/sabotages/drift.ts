import type { ownStack } from '../own.ts';
import type { Line } from './table.ts';

/** What drift tells of a running stack, line by line. */
export const driftOf = async (stack: ReturnType<typeof ownStack>, blueprint: string): Promise<readonly Line[]> => {
  const { stdout, stderr } = await stack.authctl('drift', blueprint, '--json');
  const { changes, problems = [] } = JSON.parse(stdout) as { changes?: readonly (Line & { readonly severity?: string })[]; problems?: readonly object[] };
  if (changes === undefined || problems.length > 0) throw new Error(`drift told nothing: ${stdout.slice(0, 2000)}${stderr}`);
  return changes.filter(({ action }) => action !== 'keep').map(({ action, address, severity }) => ({ action, address, ...(severity !== undefined && { effect: severity }) }));
};

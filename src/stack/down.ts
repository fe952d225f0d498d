import { join } from 'node:path';
import { isAlive, stopProcess } from './identity.ts';
import { withLock } from './lock.ts';
import { exists, readState, removeAll, removeSecrets } from './state.ts';

/**
 * Stops every process that `<dir>/stack.json` names, the supervisor first (it stops its children), and removes secrets. The logs stay.
 * Returns how many were running.
 */
export const clearStack = async (dir: string): Promise<number> => {
  const processes = readState(dir)?.processes ?? [];
  const alive = processes.filter(isAlive);
  const [supervisor, ...children] = processes;
  // Longer than the supervisor gives its own children.
  if (supervisor) await stopProcess(supervisor, 20);
  await Promise.all(children.map((child) => stopProcess(child, 5)));
  removeSecrets(dir);
  return alive.length;
};

/** Stops the stack and removes everything it wrote. `stopped` is the number of processes; 0 when none was running. Throws `STACK_BUSY`. */
export const stackDown = async ({ dir }: { readonly dir: string }): Promise<{ readonly stopped: number }> => {
  if (!exists(dir)) return { stopped: 0 };
  const stopped = await withLock(join(dir, 'lock'), { waitSeconds: 0 }, () => clearStack(dir));
  removeAll(dir);
  return { stopped };
};

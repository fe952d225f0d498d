import { join } from 'node:path';
import { sweep } from './containers/run.ts';
import { isAlive, stopProcess } from './identity.ts';
import { withLock } from './lock.ts';
import { exists, readState, removeAll, removeSecrets } from './state.ts';

/**
 * Stops every process that `<dir>/stack.json` names, the supervisor first (it stops its children), and removes secrets. The logs stay.
 * Returns whether any was running.
 */
export const clearStack = async (dir: string): Promise<boolean> => {
  const { processes = [], engine } = readState(dir) ?? {};
  const wasRunning = processes.some(isAlive);
  const [supervisor, ...children] = processes;
  // Longer than the supervisor gives its own children.
  if (supervisor) await stopProcess(supervisor, 20);
  await Promise.all(children.map((child) => stopProcess(child, 5)));
  // A process that was killed outright has left its container.
  if (engine) await sweep(engine, dir);
  removeSecrets(dir);
  return wasRunning;
};

/** Stops the stack and removes everything it wrote; false when none of it was running. Throws `STACK_BUSY`. */
export const stackDown = async ({ dir }: { readonly dir: string }): Promise<boolean> => {
  if (!exists(dir)) return false;
  const wasRunning = await withLock(join(dir, 'lock'), { waitSeconds: 0 }, () => clearStack(dir));
  removeAll(dir);
  return wasRunning;
};

// A command with everything that it starts: a process group of its own, which ends as a whole.
import { gone, isAlive } from '../../dist/stack/identity.js';

const signal = (/** @type {number} */ pid, /** @type {NodeJS.Signals} */ name) => {
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody is left in it.
  }
};

/** Ends the group that a process leads, while it does. @param {import('../../dist/stack/types.js').ProcessMark} leader */
export const endGroup = async (leader) => {
  if (!isAlive(leader)) return;
  signal(leader.pid, 'SIGTERM');
  await gone(leader, 15);
  signal(leader.pid, 'SIGKILL');
  await gone(leader, 5);
};

import { setTimeout as pause } from 'node:timers/promises';

/**
 * How long a test waits for a condition before it gives up, milliseconds: far beyond what two busy cores need, so that the condition decides
 * and never the clock.
 */
export const FAR = 150_000;

/** Asks until the answer is yes. What throws meanwhile is no answer yet. `gone` ends the waiting early: a child that has exited. */
export const eventually = async (what: string, done: () => Promise<boolean>, gone: () => boolean = () => false): Promise<void> => {
  for (const end = Date.now() + FAR; !(await done().catch(() => false)); await pause(100))
    if (Date.now() > end || gone()) throw new Error(`waited in vain for ${what}`);
};

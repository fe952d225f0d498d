import type { ProcessLike } from './terminal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Ctrl-C and SIGTERM (of an init system, of CI), as long as `work` runs: they end what is going on in order, where otherwise they would end
 * the process. One that comes when the work is done takes nothing away from the answer that is being written; the next one ends the process.
 */
export const interruptible = async <T>(process: ProcessLike, interrupt: () => void, work: () => Promise<T>): Promise<T> => {
  const late = (): void => { for (const signal of SIGNALS) process.off(signal, late); };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) {
      process.on(signal, late);
      process.off(signal, interrupt);
    }
  }
};

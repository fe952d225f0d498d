import type { ProcessLike } from './terminal.ts';

/** Ctrl-C, as long as `work` runs: it ends what is going on in order, where otherwise it would end the process. */
export const interruptible = async <T>(process: ProcessLike, interrupt: () => void, work: () => Promise<T>): Promise<T> => {
  process.on('SIGINT', interrupt);
  try {
    return await work();
  } finally {
    process.off('SIGINT', interrupt);
  }
};

import type { ProcessLike } from './terminal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Ctrl-C and SIGTERM (of an init system, of CI), as long as `work` runs: they end what is going on in order, where otherwise they would end the process. */
export const interruptible = async <T>(process: ProcessLike, interrupt: () => void, work: () => Promise<T>): Promise<T> => {
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
};

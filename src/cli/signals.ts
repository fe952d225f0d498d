import type { Interruption, ProcessLike } from './terminal.ts';

const SIGNALS: readonly Interruption[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** npm and npx hand on the Ctrl-C that the terminal has told every process already: what follows within so many milliseconds is the same one. */
const SAME = 300;

interface Interrupting {
  /** What has listened so far. It stops when this listens: between the two Node would let go of a signal that is on its way. */
  readonly insteadOf?: { readonly stop: () => void };
  readonly interrupt: () => void;
  /** Told before a second signal ends the process. */
  readonly giveUp?: () => void;
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number;
}

/** For what writes to no server: the first signal ends the process at once, as if nobody listened, when `before` has tidied up. */
export const endingAtOnce = (process: ProcessLike, before: () => void): { readonly stop: () => void } => {
  const end = (signal: Interruption): void => {
    stop();
    before();
    process.kill(process.pid, signal);
  };
  const stop = (): void => { for (const signal of SIGNALS) process.off(signal, end); };
  for (const signal of SIGNALS) process.on(signal, end);
  return { stop };
};

/**
 * As long as `work` runs, the first signal ends what is going on in order, where otherwise it would end the process, and a second one ends the
 * process at once. One that comes when the work is done takes nothing away from the answer that is being written; the next one ends the process.
 */
export const interruptible = async <T>(process: ProcessLike, { insteadOf, interrupt, giveUp, now = () => performance.now() }: Interrupting, work: () => Promise<T>): Promise<T> => {
  let interrupted: number | undefined;
  const during = (signal: Interruption): void => {
    if (interrupted === undefined) {
      interrupted = now();
      interrupt();
    } else if (now() - interrupted >= SAME) {
      giveUp?.();
      stop();
      process.kill(process.pid, signal);
    }
  };
  const late = (): void => { for (const signal of SIGNALS) process.off(signal, late); };
  const stop = (): void => { for (const signal of SIGNALS) process.off(signal, during); };
  for (const signal of SIGNALS) process.on(signal, during);
  insteadOf?.stop();
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.on(signal, late);
    stop();
  }
};

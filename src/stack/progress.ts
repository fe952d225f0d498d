import type { StackEvents } from './types.ts';

/** Reports a step's start and its end, with the seconds it took; `tell` adds a word on how it was done. */
export const during = async <T>(events: StackEvents, step: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T> => {
  const began = performance.now();
  const seconds = (): number => Math.round(performance.now() - began) / 1000;
  let detail: string | undefined;
  events({ step, state: 'started' });
  try {
    const result = await work((text) => {
      detail = text;
    });
    events({ step, state: 'done', seconds: seconds(), ...(detail !== undefined && { detail }) });
    return result;
  } catch (error) {
    events({ step, state: 'failed', seconds: seconds(), detail: error instanceof Error ? error.message : String(error) });
    throw error;
  }
};

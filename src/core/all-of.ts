import { Problems, problemsOf } from './problem.ts';
import type { Problem } from './problem.ts';

/**
 * Like `Promise.all`, but waits for every one and fails with the problems of all of them, each once: who runs a command hears of every target
 * that is away, not of the first. A bug comes before them.
 */
export const allOf = async <Values extends readonly unknown[]>(work: { readonly [At in keyof Values]: Promise<Values[At]> }): Promise<Values> => {
  const settled = await Promise.allSettled(work);
  const thrown: readonly unknown[] = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const bug = thrown.find((one) => problemsOf(one) === undefined);
  if (bug !== undefined) throw bug;
  const problems = new Map<string, Problem>();
  for (const problem of thrown.flatMap((one) => problemsOf(one) ?? [])) {
    const key = JSON.stringify([problem.code, problem.message, problem.at]);
    if (!problems.has(key)) problems.set(key, problem);
  }
  const [first, ...more] = problems.values();
  if (first !== undefined) throw more.length === 0 ? first : new Problems([first, ...more]);
  // Nothing was rejected, so there is a value for each, in order.
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as Values;
};

/** Lines that a long text lost and gained, between what both begin and end with. */
export interface LineDiff {
  /** The first line that is not the same, from 1. */
  readonly at: number;
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

/** How two texts of several lines differ; `undefined` where one line says it all. */
export const lineDiff = (before: unknown, after: unknown): LineDiff | undefined => {
  if (typeof before !== 'string' || typeof after !== 'string' || !(before.includes('\n') && after.includes('\n'))) return undefined;
  const [old, next] = [before.split('\n'), after.split('\n')];
  let begin = 0;
  while (begin < Math.min(old.length, next.length) && old[begin] === next[begin]) begin += 1;
  let end = 0;
  while (end < Math.min(old.length, next.length) - begin && old.at(-1 - end) === next.at(-1 - end)) end += 1;
  return { at: begin + 1, lost: old.slice(begin, old.length - end), gained: next.slice(begin, next.length - end) };
};

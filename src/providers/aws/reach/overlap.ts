/** Whether a request can fit both route keys. `$default` takes what no other takes, so it stands in nobody's way. */
export const overlaps = (one: string, other: string): boolean => {
  const [oneMethod, onePath] = one.split(' ');
  const [otherMethod, otherPath] = other.split(' ');
  if (onePath === undefined || otherPath === undefined) return false;
  if (oneMethod !== otherMethod && oneMethod !== 'ANY' && otherMethod !== 'ANY') return false;
  return fits(onePath.slice(1).split('/'), otherPath.slice(1).split('/'));
};

const isGreedy = (part: string | undefined): boolean => part?.endsWith('+}') === true;
const isVariable = (part: string): boolean => part.startsWith('{');

/** A variable is never empty, and what is left for a greedy one neither; words are compared as they are when their encoding is undone. */
const fits = (one: readonly string[], other: readonly string[]): boolean => {
  const [[a, ...ones], [b, ...others]] = [one, other];
  if (a === undefined || b === undefined) return a === b;
  if (isGreedy(a)) return other.join('/') !== '';
  if (isGreedy(b)) return one.join('/') !== '';
  const same = isVariable(a) ? b !== '' : isVariable(b) ? a !== '' : decoded(a) === decoded(b);
  return same && fits(ones, others);
};

const decoded = (word: string): string => {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
};

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

const fits = ([a, ...one]: readonly string[], [b, ...other]: readonly string[]): boolean => {
  if (a === undefined || b === undefined) return a === b;
  if (isGreedy(a) || isGreedy(b)) return true;
  return (isVariable(a) || isVariable(b) || a === b) && fits(one, other);
};

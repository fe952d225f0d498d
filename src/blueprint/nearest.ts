/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swapped neighbours each cost one; `undefined` of more than `most`. Only what lies
 * near the diagonal can be less, and nobody goes on once it is more everywhere: of thousands of names each is compared with thousands.
 */
const distance = (from: string, to: string, most: number): number | undefined => {
  if (Math.abs(from.length - to.length) > most) return undefined;
  const beyond = most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  let leastOfLast = 0;
  for (let row = 1; row <= from.length; row++) {
    const [first, end] = [Math.max(1, row - most), Math.min(to.length, row + most)];
    const current: number[] = [];
    current[first - 1] = first === 1 ? row : beyond;
    let least = current[first - 1] ?? beyond;
    for (let column = first; column <= end; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min((last[column] ?? beyond) + 1, (current[column - 1] ?? beyond) + 1, (last[column - 1] ?? beyond) + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? beyond) + 1);
      current[column] = cost;
      least = Math.min(least, cost);
    }
    // The next row comes of this one, or of the last by a swap, which costs one.
    if (least > most && leastOfLast >= most) return undefined;
    [beforeLast, last, leastOfLast] = [last, current, least];
  }
  const cost = last[to.length] ?? beyond;
  return cost > most ? undefined : cost;
};

/** The known name that was probably meant, or `undefined` when none is close (a third of its letters, at least two). */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const begin = name.toLowerCase();
  const wanted = begin.slice(0, 100);
  let best: { readonly name: string; readonly cost: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > 20) continue;
    const whole = candidate.toLowerCase();
    const prefix = name.length >= 3 && whole.startsWith(begin);
    const most = prefix ? 20 : Math.max(2, Math.floor(candidate.length / 3));
    const cost = distance(wanted, whole.slice(0, 100), best ? Math.min(most, best.cost - 1) : most);
    if (cost !== undefined) best = { name: candidate, cost };
  }
  return best?.name;
};

/** `did you mean "x"?`, or the known names, or nothing. */
export const suggestion = (name: string, known: Iterable<string>): string | undefined => {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  return names.length > 0 && names.length <= 16 ? `known: ${names.join(', ')}` : undefined;
};

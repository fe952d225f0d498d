/** Optimal string alignment distance: insertions, deletions, substitutions and swapped neighbours each cost one. */
const distance = (from: string, to: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
};

/** The known name that was probably meant, or `undefined` when none is close (a third of its letters, at least two). */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  let best: { readonly name: string; readonly cost: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > 20) continue;
    const cost = distance(name.toLowerCase().slice(0, 100), candidate.toLowerCase().slice(0, 100));
    const prefix = name.length >= 3 && candidate.toLowerCase().startsWith(name.toLowerCase());
    if ((prefix || cost <= Math.max(2, Math.floor(candidate.length / 3))) && (!best || cost < best.cost)) best = { name: candidate, cost };
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

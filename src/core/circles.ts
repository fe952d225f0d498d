/** What leads back to where the way to it began. */
interface Closing {
  readonly from: string;
  readonly to: string;
  /** From `to` to `from`, both with it. */
  readonly way: readonly string[];
}

/** The edges that close a circle, found depth first in the order of the names: without them there is none. */
export const closingEdges = (inside: ReadonlyMap<string, readonly string[]>): readonly Closing[] => {
  const found: Closing[] = [];
  const done = new Set<string>();
  for (const start of inside.keys()) {
    if (done.has(start)) continue;
    // Without recursion: a chain may be as long as somebody likes.
    const way: { readonly name: string; readonly left: string[] }[] = [{ name: start, left: [...(inside.get(start) ?? [])].reverse() }];
    const onTheWay = new Set([start]);
    for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
      const to = last.left.pop();
      if (to === undefined) {
        way.pop();
        onTheWay.delete(last.name);
        done.add(last.name);
      } else if (onTheWay.has(to)) found.push({ from: last.name, to, way: way.slice(way.findIndex(({ name }) => name === to)).map(({ name }) => name) });
      else if (!done.has(to) && inside.has(to)) {
        way.push({ name: to, left: [...(inside.get(to) ?? [])].reverse() });
        onTheWay.add(to);
      }
    }
  }
  return found;
};

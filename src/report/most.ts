/** Of one kind so many are told one by one. */
const LISTED = 20;

/** The first of each kind, in their own order, and of which kinds how many more there are. */
export const mostOf = <Item>(items: readonly Item[], kindOf: (item: Item) => string): { readonly shown: readonly Item[]; readonly left: ReadonlyMap<string, number> } => {
  const count = new Map<string, number>();
  const shown = items.filter((item) => {
    const kind = kindOf(item);
    const number = (count.get(kind) ?? 0) + 1;
    count.set(kind, number);
    return number <= LISTED;
  });
  return { shown, left: new Map([...count].flatMap(([kind, number]) => (number > LISTED ? [[kind, number - LISTED] as const] : []))) };
};

/** `… and 280 more BLUEPRINT_UNKNOWN_SCOPE` */
export const leftLines = (left: ReadonlyMap<string, number>): readonly string[] => [...left].map(([kind, number]) => `… and ${number} more ${kind}; --json has them all`);

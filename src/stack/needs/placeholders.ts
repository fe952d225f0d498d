/** Stands for a secret that is made when the stack starts, and says which one. */
export const placeholderOf = (name: string): string => `made when the stack starts: ${name}`;

export const placeholdersFor = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, placeholderOf(name)]));

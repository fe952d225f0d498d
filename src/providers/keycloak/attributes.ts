/** Attributes as Keycloak gives and takes them: texts, or lists of texts. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One value of an attribute, whatever its form. */
export const attributeOf = (attributes: Attributes | undefined, name: string): string | undefined => {
  const value = attributes?.[name];
  const text: unknown = Array.isArray(value) ? value[0] : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
};

/** What one layer says after another, the last word counting; `null` takes away. */
export const layered = (...layers: readonly (Attributes | undefined)[]): Record<string, unknown> => {
  const all = Object.fromEntries(layers.flatMap((layer) => Object.entries(layer ?? {})));
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value != null));
};

import type { Fields } from '../../core/spec.ts';

/** What Keycloak leaves out of an answer because it is as it always is. */
export const withDefaults = (fields: Fields, held: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(fields).flatMap(([name, field]) => (field.default === undefined || field.default === null ? [] : [[name, field.default]]))),
  ...held,
});

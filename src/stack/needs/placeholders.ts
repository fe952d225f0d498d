import type { Reference } from '../../blueprint/index.ts';

/** Stands for a secret that is made when the stack starts, and says which one. */
export const placeholderOf = (name: string): string => `made when the stack starts: ${name}`;

export const placeholdersFor = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, placeholderOf(name)]));

/** An address at which nobody is: it stands for one that is made when the stack starts. */
export const NOWHERE = 'http://127.0.0.1:9';

/** What the parts of a stack name themselves by when they start, where the blueprint gives no default for it. */
const MADE = /(_URL|_ORIGIN|_ENDPOINT)$/;
const NAMED: Readonly<Record<string, string>> = { KEYCLOAK_CLIENT_ID: 'authctl', BUNDLE_STORE: 'file:bundles' };

/** An address at which nobody is for each that is made when the stack starts. */
export const addressesFor = (references: readonly Reference[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    references.flatMap(({ kind, name, secret, required }) => {
      const value = NAMED[name] ?? (MADE.test(name) ? NOWHERE : undefined);
      return kind === 'variable' && required && !secret && value !== undefined ? [[name, value] as const] : [];
    }),
  );

import type { Position } from '../core/problem.ts';

/** A secret that is kept in a store, as a blueprint refers to it. */
export interface Stored {
  readonly store: 'vault' | 'aws-secret' | 'ssm';
  /** The path in Vault's API, the name or ARN at AWS. */
  readonly name: string;
  /** The field of it that is meant; without one it is all of it. */
  readonly key?: string;
  /** As it stands in the blueprint: `${vault:secret/data/shop#password}`. */
  readonly reference: string;
  readonly at: Position;
}

/** Gives the values by their references, or throws everything that is wrong with them. */
export type ReadStored = (wanted: readonly Stored[]) => Promise<ReadonlyMap<string, string>>;

const FORMS: readonly (readonly [Stored['store'], RegExp])[] = [
  ['vault', /^vault:(?<name>[^#\s]+)#(?<key>[^#]+)$/],
  ['aws-secret', /^aws-secret:(?<name>[^#\s]+)(?:#(?<key>[^#]+))?$/],
  ['ssm', /^ssm:(?<name>[^#\s]+)(?:#(?<key>[^#]+))?$/],
];

/** What stands between `${` and `}`; `undefined` where it is of no store. */
export const storedIn = (inside: string): Pick<Stored, 'store' | 'name' | 'key'> | undefined => {
  for (const [store, form] of FORMS) {
    const { name, key } = form.exec(inside)?.groups ?? {};
    if (name !== undefined) return { store, name, ...(key !== undefined && { key }) };
  }
  return undefined;
};

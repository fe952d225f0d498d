import { isObject, textOf } from '../../core/json.ts';
import type { Live, Spec } from '../../core/resource.ts';
import type { AuthorizationRep } from './representations.ts';
import { authorizationSpec, entryOf, namesIn } from './specs/authorization.ts';
import type { AuthorizationSpec, PolicySpec } from './specs/authorization.ts';

/** Names of entries, by what they are entries of. */
export type Names = Readonly<Record<'scopes' | 'resources' | 'policies', readonly string[]>>;

interface Standing {
  /** What goes. */
  readonly name: string;
  /** What stays, and stands on it. */
  readonly above: string;
}

type Entries<Entry> = Readonly<Record<string, Entry | null>> | null | undefined;
export const entriesOf = <Entry extends Spec>(all: Entries<Entry>): readonly (readonly [string, Entry])[] => Object.entries(all ?? {}).flatMap(([name, one]) => (one === null ? [] : [[name, one] as const]));

/**
 * What stays and stands on what goes: Keycloak deletes a permission with its last policy or resource, and exports no realm any more in which a resource has a
 * scope that was deleted (26.7.4). `stated`: what is stated stays as it is stated, and what it says is absent goes. Resources of people count, too.
 */
export const standingOn = (held: AuthorizationRep, stated: AuthorizationSpec, gone: Names): readonly Standing[] => {
  const there = authorizationSpec({ ...held });
  const unstated = <Entry extends Spec>(all: Entries<Entry>, said: Entries<Spec>) => entriesOf(all).filter(([name]) => entryOf(said, name) === undefined);
  const policies: readonly (readonly [string, PolicySpec])[] = [...entriesOf(stated.policies), ...unstated(there.policies, stated.policies)];
  const having = (scope: string): readonly string[] => (held.resources ?? []).flatMap(({ name, owner, scopes }) => ((isObject(owner) || entryOf(stated.resources, String(name)) === undefined) && scopesIn(scopes).includes(scope) ? [String(name)] : []));
  const on = (field: string, name: string): readonly Standing[] => [...policies.flatMap(([above, one]) => (namesIn(one, field).includes(name) ? [above] : [])), ...(field === 'scopes' ? having(name) : [])].map((above) => ({ name, above }));
  return Object.entries({ applyPolicies: gone.policies, resources: gone.resources, scopes: gone.scopes }).flatMap(([field, names]) => names.flatMap((name) => on(field, name)));
};

const scopesIn = (scopes: unknown): readonly string[] => (Array.isArray(scopes) ? scopes.flatMap((one: unknown) => (typeof one === 'string' ? one : isObject(one) ? (textOf(one.name) ?? []) : [])) : []);

/** Of others, what stands on entries that were made by a blueprint and go with it. */
export const othersStandingOn = (made: Live['made'], held: AuthorizationRep): readonly Standing[] => {
  const gone = { scopes: made?.['scopes'] ?? [], resources: made?.['resources'] ?? [], policies: made?.['policies'] ?? [] };
  const absent = (names: readonly string[]): Readonly<Record<string, null>> => Object.fromEntries(names.map((name) => [name, null]));
  return standingOn(held, { scopes: absent(gone.scopes), resources: absent(gone.resources), policies: absent(gone.policies) }, gone);
};

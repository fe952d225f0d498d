import { groupBy } from '../../core/collections.ts';
import type { Gain, GainBy } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';
import type { Blueprint, Persona } from '../../blueprint/types.ts';
import { record } from '../../blueprint/tree.ts';
import { mapped } from './realm.ts';

/** A role that somebody has beyond what the blueprint gives. */
type RoleGain = Extract<Gain, { readonly role: string }>;
export interface RoleGainBy extends GainBy {
  readonly gain: RoleGain;
}
export const isRoleGain = (one: GainBy): one is RoleGainBy => 'role' in one.gain;

export interface Beyond {
  /** The blueprint, with everybody that something gives a role to, and without those roles. */
  readonly before: Blueprint;
  /** With those roles. */
  readonly after: Blueprint;
  /** By what somebody has a role more. */
  readonly by: (who: string) => GainBy | undefined;
}

/** As many are named one by one; more of them are one row, for they all may the same. */
const NAMED = 3;

/**
 * Who has which roles, as the live realm gives them beyond the blueprint: its own people and clients, and strangers, who sign in where its people do
 * and get the scopes that anybody gets.
 */
export const beyond = (found: Blueprint, gains: readonly RoleGainBy[]): Beyond => {
  const given = new Map<string, string[]>();
  const first = new Map<string, GainBy>();
  for (const one of gains)
    for (const name of peopleOf(one.gain)) {
      const who = Object.keys(found.personas).find((persona) => persona.toLowerCase() === name.toLowerCase()) ?? name;
      given.set(who, [...(given.get(who) ?? []), one.gain.role]);
      if (!first.has(who)) first.set(who, one);
    }
  const strangers = [...given].filter(([who]) => !Object.hasOwn(found.personas, who));
  const rows = [...groupBy(strangers, ([, roles]) => [...new Set(roles)].toSorted().join(' ')).values()].flatMap((alike): readonly (readonly [string, readonly string[], GainBy | undefined])[] => {
    const [[who, roles] = ['', []]] = alike;
    if (alike.length <= NAMED) return alike.map(([name, its]) => [name, its, first.get(name)]);
    return [[`${alike.length} accounts with ${[...new Set(roles)].join(' and ')}`, roles, first.get(who)]];
  });
  const reasons = new Map([...first, ...rows.flatMap(([name, , by]) => (by ? [[name, by] as const] : []))]);
  const strange = (roles: readonly string[]): Persona => ({ roles, groups: [], attributes: {}, password: new Secret(''), at: found.at('personas') });
  const everybody = gains.filter(({ gain }) => gain.holders === 'everybody');
  const more = (name: string): readonly string[] => [...(given.get(name) ?? []), ...everybody.map(({ gain }) => gain.role)];
  const ofClient = (id: string): readonly RoleGainBy[] => gains.filter(({ gain: { holders } }) => typeof holders === 'object' && 'client' in holders && holders.client === id);
  const ofRole = (name: string): readonly RoleGainBy[] => gains.filter(({ gain: { holders } }) => typeof holders === 'object' && 'role' in holders && holders.role === name);
  const roles = mapped(found.realm.roles, (one, name) => ({ ...one, includes: [...one.includes, ...ofRole(name).map(({ gain }) => gain.role)] }));
  const clients = mapped(found.realm.clients, (one, id) => ({ ...one, roles: [...one.roles, ...ofClient(id).map(({ gain }) => gain.role)] }));
  return {
    before: { ...found, personas: record([...Object.entries(found.personas), ...rows.map(([name]) => [name, strange([])] as const)]) },
    after: {
      ...found,
      realm: { ...found.realm, roles, clients },
      personas: record([
        ...Object.entries(found.personas).map(([name, one]) => [name, { ...one, roles: [...one.roles, ...more(name)] }] as const),
        ...rows.map(([name, its]) => [name, strange([...its, ...everybody.map(({ gain }) => gain.role)])] as const),
      ]),
    },
    by: (who) => reasons.get(who) ?? ofClient(who)[0] ?? gains.find(({ gain: { holders } }) => holders === 'everybody' || (typeof holders === 'object' && 'role' in holders)),
  };
};

const peopleOf = ({ holders }: RoleGain): readonly string[] => (typeof holders === 'object' && 'people' in holders ? holders.people : []);

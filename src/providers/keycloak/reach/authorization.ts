import type { Danger, Desired, Effect, Live, Spec, SpecValue } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import { unstatedDangers } from '../../../core/unstated.ts';
import type { Unstated } from '../../../core/unstated.ts';
import type { AuthorizationRep } from '../representations.ts';
import { authorization, authorizationSpec } from '../specs/authorization.ts';
import type { AuthorizationSpec } from '../specs/authorization.ts';
import { isPermission } from '../specs/authorization-effects.ts';
import { client } from '../specs/client.ts';
import { nameIn } from '../specs/id.ts';
import { plain } from '../plain.ts';
import { RULES } from './rule.ts';
import { found } from './scene.ts';
import type { Scene } from './scene.ts';

/** The client whose permissions say who may change which people, groups and clients. */
const ADMIN_PERMISSIONS = 'admin-permissions';

/** What Keycloak itself decides for a client by its authorization services: where the blueprint says nothing of it, all of it is told, once a client; where it does, what is there beside. */
export const authorizationServices = (scene: Scene): readonly Danger[] =>
  [...scene.authorization].flatMap(([clientId, settings]) => {
    const ruling = clientId === ADMIN_PERMISSIONS || clientId === RULES;
    const stated = scene.clients.get(clientId);
    const [permissions, rest] = partition(settings.policies ?? [], ({ type = '' }) => isPermission({ type }));
    // The rights of administrators begin with none, as a resource server of its own.
    const settled = scene.stated.get(authorization.address(scene.name, clientId));
    if (settled !== undefined && authorization.is(settled)) return beside(scene, settled, settings);
    if (!stated && (!ruling || permissions.length === 0)) return [];
    return [
      found(scene, client.kind, clientId, {
        effect: ruling ? 'opens' : 'weakens',
        what: ruling
          ? `who may change which people, groups and clients of this realm is given one by one: ${counted(permissions.length, 'permission')} by ${counted(rest.length, 'policy', 'policies')}`
          : `Keycloak decides itself what may be done at ${clientId}, by ${counted(permissions.length, 'permission')} over ${counted((settings.resources ?? []).length, 'resource')}: tokens can say so, and the blueprint does not`,
        hint: 'switch authorization off in Keycloak, or accept it',
        field: 'authorizationSettings',
        held: plain(settings),
        origin: stated?.origin,
      }),
    ];
  });

/** A permission that nobody stated grants something to somebody; a policy that none of them names, or what may be done with what, grants nothing by itself. */
const beside = (scene: Scene, stated: Desired<AuthorizationSpec>, settings: AuthorizationRep): readonly Danger[] => {
  const { scopes, resources, policies, ...rest } = authorizationSpec({ ...settings });
  const maps = { scopes, resources, policies };
  const wanted: Spec = stated.spec;
  const live = (spec: AuthorizationSpec): Live<AuthorizationSpec> => ({ kind: authorization.kind, id: stated.id, spec, owner: undefined });
  const effectOf = ({ path }: Unstated): Effect => (path === 'policyEnforcementMode' || path === 'decisionStrategy' ? 'opens' : 'weakens');
  const added = Object.entries(maps).flatMap(([field, all]) =>
    Object.entries(all ?? {}).flatMap(([name, held]) => {
      const entries: SpecValue | undefined = wanted[field];
      if (isSpec(entries) && Object.hasOwn(entries, name)) return [];
      const grants = field === 'policies' && isSpec(held) && isPermission(held);
      return [
        found(scene, authorization.kind, nameIn(stated.id), {
          effect: grants ? 'opens' : 'differs',
          what: grants ? `Keycloak grants by "${name}" as well what ${nameIn(stated.id)} is about` : `Keycloak knows "${name}" beside what is stated (${field} of ${nameIn(stated.id)})`,
          hint: 'delete it in Keycloak, state it in the blueprint, or accept it',
          field: `${field}.${name}`,
          held,
          origin: stated.origin,
        }),
      ];
    }),
  );
  return [...unstatedDangers(stated, live(rest), { fields: authorization.fields, effectOf }), ...added];
};

const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

const partition = <Item>(items: readonly Item[], fits: (item: Item) => boolean): readonly [readonly Item[], readonly Item[]] => [items.filter(fits), items.filter((item) => !fits(item))];

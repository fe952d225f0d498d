import type { Danger, Effect } from '../../../core/resource.ts';
import { scopedRoles } from '../shipped/shape.ts';
import { clientScope } from '../specs/client-scope.ts';
import { client } from '../specs/client.ts';
import { closureOf } from './composites.ts';
import { grantsOf } from './foreign-clients.ts';
import { placesOf } from './role-places.ts';
import { andSoMay, effectOf } from './rule.ts';
import { found, listed, scopesInUse, statedGrant } from './scene.ts';
import type { Scene } from './scene.ts';

const FIELD = 'clientScopeMappings';
const HINT = 'take the roles out of the scope in Keycloak, or accept it';

/** Roles of clients that somebody put into the scope of a client, or of a client scope: tokens carry them, and are good for the client that has them. */
export const rolesInScope = (scene: Scene): readonly Danger[] => [...ofClients(scene), ...ofScopes(scene)];

const ofClients = (scene: Scene): readonly Danger[] =>
  (scene.exported.clients ?? []).flatMap((rep) => {
    const shipped = Object.hasOwn(scene.shipped.scopedRoles, rep.clientId) ? scene.shipped.scopedRoles[rep.clientId] : [];
    const roles = scopedRoles(scene.exported, 'client', rep.clientId).filter((one) => !shipped?.includes(one) && !statedGrant(scene, 'client', rep.clientId).includes(one));
    const stated = scene.clients.get(rep.clientId);
    // With full scope they say nothing, and without a way to a token nobody hears it.
    if (roles.length === 0 || rep.fullScopeAllowed === true || (stated === undefined && grantsOf(rep).length === 0)) return [];
    const effect = effectIn(scene, roles);
    // Of a client of others it matters where it gives rights over the realm: what its tokens are good for is told of it.
    if (stated === undefined && !Object.hasOwn(scene.shipped.clients, rep.clientId) && !gives(scene, roles)) return [];
    return [
      found(scene, client.kind, rep.clientId, {
        effect: effect ?? 'weakens',
        what: `tokens of ${rep.clientId} ${carrying(scene, roles)}`,
        hint: HINT,
        field: FIELD,
        held: roles,
        origin: stated?.origin,
      }),
    ];
  });

const ofScopes = (scene: Scene): readonly Danger[] => {
  const used = scopesInUse(scene);
  return (scene.exported.clientScopes ?? []).flatMap(({ name }) => {
    const roles = scopedRoles(scene.exported, 'clientScope', name).filter((one) => !statedGrant(scene, 'scope', name).includes(one));
    const [stated, owners] = [scene.scopes.get(name), used.get(name)];
    if (roles.length === 0) return [];
    const tell = (effect: Effect, what: string): readonly Danger[] => [found(scene, clientScope.kind, name, { effect, what, hint: HINT, field: FIELD, held: roles, origin: stated?.origin })];
    if (stated === undefined && owners === undefined) {
      const effect = effectIn(scene, roles);
      return effect === undefined || !(Object.hasOwn(scene.shipped.scopes, name) || gives(scene, roles)) ? [] : tell(effect, `tokens with the scope ${name} ${carrying(scene, roles)}`);
    }
    const effect = effectIn(scene, roles);
    const guarded = (stated?.spec.scopeMappings ?? []).length > 0;
    if (stated === undefined) return tell(effect ?? 'weakens', `tokens of ${listed(owners ?? [])} have the scope ${name} only for who has a role in it, and ${carrying(scene, roles)}`);
    if (guarded) return tell('opens', `who has ${listed(roles)} gets the scope ${name}, which is for others; tokens with it ${carrying(scene, roles)}`);
    return tell(effect ?? 'breaks', `only who has ${listed(roles)} gets the scope ${name}; tokens with it ${carrying(scene, roles)}`);
  });
};

const carrying = (scene: Scene, roles: readonly string[]): string => {
  const closure = closureOf(scene);
  const may = andSoMay(roles.flatMap((one) => (andSoMay([one]) === '' ? [...closure(one)] : [one])));
  return `carry ${listed(roles)} of who has ${roles.length === 1 ? 'it' : 'them'}, and are good for ${listed([...new Set(roles.flatMap((one) => ownersOf(scene, one)))])}${may === '' ? '' : `: who gets hold of one${may.replace(/^, and so/, '')}`}`;
};

const ownersOf = ({ exported }: Scene, role: string): readonly string[] => placesOf(exported, role).flatMap(({ client: owner }) => owner?.clientId ?? []);
const gives = (scene: Scene, roles: readonly string[]): boolean => effectOf(scene, roles.flatMap((one) => [...closureOf(scene)(one)])) !== undefined;

/** A right over the realm, a role of the blueprint by what it contains, or what makes tokens good for a service of the blueprint. */
const effectIn = (scene: Scene, roles: readonly string[]): Effect | undefined =>
  roles.some((one) => ownersOf(scene, one).some((owner) => scene.audiences.has(owner))) ? 'opens' : effectOf(scene, roles.flatMap((one) => [...closureOf(scene)(one)]));

import { effects } from '../../../core/resource.ts';
import type { Danger, Spec } from '../../../core/resource.ts';
import { sameValue } from '../../../core/diff.ts';
import { scopeShape } from '../shipped/shape.ts';
import { clientScope } from '../specs/client-scope.ts';
import type { MapperSpec } from '../specs/mapper.ts';
import { audiencesBy, judged } from './mappers.ts';
import { speaksElsewhere } from './where-mappers-speak.ts';
import { found, judging, listed, mappersOf, scopesInUse } from './scene.ts';
import type { Scene } from './scene.ts';

/**
 * Client scopes that the blueprint does not declare. Those that its clients have speak in its tokens: what Keycloak ships of them is known, all
 * else is told. Of the others only what makes a token good for the blueprint's services matters.
 */
export const scopesInReach = (scene: Scene): readonly Danger[] => {
  const used = scopesInUse(scene);
  return (scene.exported.clientScopes ?? []).flatMap((rep) => {
    if (scene.scopes.has(rep.name)) return [];
    const roles = (scene.exported.scopeMappings ?? []).filter((one) => one.clientScope === rep.name).flatMap((one) => one.roles ?? []);
    const held = scopeShape(rep, roles);
    const owners = used.get(rep.name);
    return owners === undefined ? audiencesIn(scene, rep.name, held) : changesIn(scene, { name: rep.name, held, owners });
  });
};

const audiencesIn = (scene: Scene, name: string, held: Spec): readonly Danger[] =>
  Object.entries(mappersOf(held)).flatMap(([mapper, spec]) => {
    const audiences = held.protocol === 'openid-connect' ? audiencesBy(spec, scene.audiences) : [];
    return audiences.length > 0
      ? [
          found(scene, clientScope.kind, name, {
            effect: 'opens',
            what: `every token with the scope ${name} ${spec.protocolMapper === 'oidc-audience-mapper' ? 'is' : 'can be'} good for the audience ${listed(audiences)} (mapper "${mapper}")`,
            hint: 'take the mapper away in Keycloak, or accept it',
            field: `mappers.${mapper}`,
            held: spec,
          }),
        ]
      : [];
  });

interface Used {
  readonly name: string;
  readonly held: Spec;
  /** Clients of the blueprint that have it. */
  readonly owners: readonly string[];
}

const changesIn = (scene: Scene, { name, held, owners }: Used): readonly Danger[] => {
  const shipped = Object.hasOwn(scene.shipped.scopes, name) ? scene.shipped.scopes[name] : undefined;
  const tokens = `every token of ${listed(owners)}${shipped ? '' : ` with the scope ${name}`}`;
  const [before, now] = [mappersOf(shipped), mappersOf(held)];
  const tell = (mapper: string, spec: MapperSpec, effect: Danger['effect'], what: string): Danger =>
    found(scene, clientScope.kind, name, { effect, what, hint: 'set the scope back in Keycloak, or accept it', field: `mappers.${mapper}`, held: spec });
  const mappers = Object.entries(now).flatMap(([mapper, spec]) => {
    const usual = before[mapper];
    if (sameValue(spec, usual)) return [];
    const does = (usual && speaksElsewhere(scene, usual, spec)) ?? [judged(spec, judging(scene))];
    const [worst] = effects.filter((one) => does.some(({ effect }) => effect === one));
    return worst === undefined ? [] : [tell(mapper, spec, worst, `${tokens} ${does.map(({ what }) => what).join(', and ')} (mapper "${mapper}" ${usual ? 'is not as Keycloak ships it' : 'was added'})`)];
  });
  const gone = Object.entries(before).flatMap(([mapper, spec]) =>
    Object.hasOwn(now, mapper) ? [] : [tell(mapper, spec, 'breaks', `${tokens} lacks what the mapper "${mapper}" says in it: it is gone`)],
  );
  return [...mappers, ...gone, ...settingsIn(scene, { name, held, owners }, shipped)];
};

const settingsIn = (scene: Scene, { name, held, owners }: Used, shipped: Spec | undefined): readonly Danger[] => {
  const roles = Array.isArray(held.scopeMappings) ? held.scopeMappings.map(String) : [];
  const usual = shipped?.scopeMappings;
  const added = roles.filter((one) => !(Array.isArray(usual) && usual.includes(one)));
  const differing = ['protocol', 'attributes'].filter((field) => shipped !== undefined && !sameValue(held[field] ?? null, shipped[field] ?? null));
  return [
    ...(added.length > 0
      ? [
          found(scene, clientScope.kind, name, {
            effect: 'weakens',
            what: `tokens of ${listed(owners)} carry the scope ${name} only for who has a role in it, and may carry these roles: ${listed(added)}`,
            hint: 'take the roles out of the scope in Keycloak, or accept it',
            field: 'scopeMappings',
            held: roles,
          }),
        ]
      : []),
    ...differing.map((field) =>
      found(scene, clientScope.kind, name, {
        effect: 'differs',
        what: `${field} of the scope ${name} is not as Keycloak ships it`,
        hint: 'set it back in Keycloak, or accept it',
        field,
        held: held[field] ?? null,
      }),
    ),
  ];
};

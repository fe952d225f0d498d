import type { Blueprint } from '../blueprint/types.ts';
import { kongVerifies } from '../access/index.ts';
import { adminBaseOf, backchannelOf, endpointsOf, followsKeys } from '../blueprint/issuer.ts';

/** Where Keycloak is for whom, where that is more than one address. */
export const addressesOf = (blueprint: Blueprint): readonly string[] => {
  const { targets: { keycloak, kong }, services, issuer } = blueprint;
  if (!keycloak) return [];
  const behindKong = Object.values(services).filter(({ gateways }) => gateways.includes('kong'));
  const enterprise = kong?.edition === 'enterprise' && behindKong.some(({ authentication: { pattern } }) => pattern !== 'jwt');
  const follows = followsKeys(blueprint) && behindKong.some(kongVerifies);
  const asking = [
    ...(enterprise || follows ? ['fetches the keys'] : []),
    ...(behindKong.some(({ authentication: { introspection } }) => introspection) ? ['asks about opaque tokens'] : []),
  ];
  return [
    ...(adminBaseOf(keycloak) === keycloak.url ? [] : [`keycloak's Admin API is at ${adminBaseOf(keycloak)}; browsers and verifiers use ${keycloak.url}`]),
    ...(issuer === endpointsOf(blueprint).realm ? [] : [`tokens say ${issuer}; verify reaches that at ${endpointsOf(blueprint).realm}`]),
    ...(keycloak.backchannel === undefined
      ? []
      : [`targets.keycloak.backchannel (${keycloak.backchannel}): ${asking.length > 0 ? `Kong ${asking.join(' and ')} at ${backchannelOf(blueprint).realm}` : 'nothing asks there; Kong gets the keys from authctl'}`]),
  ];
};

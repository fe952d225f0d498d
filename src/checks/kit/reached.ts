import { endpointsOf } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { literally } from '../../core/literally.ts';
import type { Network } from './network.ts';

/**
 * The network as seen from where `url` is: what Keycloak says of itself (discovery, its login page) begins with the issuer, which need not be an
 * address that anybody reaches. What is asked below it goes to `url` in its place.
 */
export const reachedAtUrl = <N extends Pick<Network, 'send'>>(network: N, blueprint: Blueprint): N => {
  const { issuer } = blueprint;
  const { realm } = endpointsOf(blueprint);
  if (issuer === realm) return network;
  const below = new RegExp(`^${literally(issuer)}(?=[/?#]|$)`);
  return { ...network, send: (request) => network.send({ ...request, url: request.url.replace(below, () => realm) }) };
};

import { demandsSignIn } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { StorefrontNeeds } from '../types.ts';

/**
 * The sample client offers what can be listed behind the gateway: of each service a route that reads and needs no more than its path, and those that demand
 * something of the sign-in.
 */
export const storefrontOf = ({ services, realm, authentication: { client, token } }: Blueprint): StorefrontNeeds | undefined => {
  const service = Object.values(services).find(({ local }) => local === 'storefront');
  if (!service) return undefined;
  const apis = Object.values(services).flatMap(({ id, routes }) => {
    const readable = routes.filter(({ method, path, gateways, public: open }) => !open && method === 'GET' && !path.includes('{') && gateways.includes('kong'));
    const plain = readable.find((route) => !demandsSignIn(route));
    return [...(plain ? [{ name: id, path: plain.path }] : []), ...readable.filter(demandsSignIn).map((route) => ({ name: `${id}-${route.id}`, path: route.path }))];
  });
  return {
    service: service.id,
    realm: realm.name,
    config: {
      clientId: client,
      scope: ['openid', ...(realm.clients[client]?.scopes ?? [])].join(' '),
      storage: token.storage ?? 'memory',
      ...(token.cookie !== undefined && { cookie: token.cookie }),
      apis,
    },
  };
};

import type { Blueprint } from '../../blueprint/types.ts';
import type { StorefrontNeeds } from '../types.ts';

/** The sample client offers what can be listed behind the gateway: a route of each service that reads, and needs no more than its path. */
export const storefrontOf = ({ services, realm, authentication: { client, token } }: Blueprint): StorefrontNeeds | undefined => {
  const service = Object.values(services).find(({ local }) => local === 'storefront');
  if (!service) return undefined;
  const apis = Object.values(services).flatMap(({ id, routes }) => {
    const route = routes.find(({ method, path, gateways, public: open }) => !open && method === 'GET' && !path.includes('{') && gateways.includes('kong'));
    return route ? [{ name: id, path: route.path }] : [];
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

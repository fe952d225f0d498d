import type { ForeignIssuer, FurtherIssuer, Route, Service } from '../blueprint/types.ts';

interface Takes {
  readonly audience?: string | undefined;
  readonly routes: readonly Pick<Route, 'public' | 'scopes'>[];
}

interface Meant {
  readonly audienceClaim: ForeignIssuer['audienceClaim'] | undefined;
  readonly clients: readonly { readonly clientId: string; readonly scopes: readonly string[] }[];
}

/**
 * By what a token is one for a service: its audience; where an issuer names the client in the place of one, the clients that may have one of the service's
 * scopes, and of a route without any, all.
 */
export const audiencesOf = ({ audience, routes }: Takes, id: string, { audienceClaim, clients }: Meant): Pick<Service, 'audience' | 'audiences'> => {
  if (audience !== undefined || audienceClaim !== 'client_id') return { audience: audience ?? id, audiences: [audience ?? id] };
  const closed = routes.filter((route) => !route.public);
  const fits = (scopes: readonly string[]): boolean => closed.some((route) => route.scopes.length === 0 || route.scopes.some((scope) => scopes.includes(scope)));
  const audiences = clients.flatMap(({ clientId, scopes }) => (fits(scopes) ? [clientId] : []));
  return { audience: audiences[0] ?? id, audiences };
};

/** What tokens of a further issuer must be for, to be ones for the service. The audience is the service's own, whoever names it; its clients are each issuer's. */
export const audiencesFrom = ({ id, audience, routes }: Pick<Service, 'id' | 'audience' | 'routes'>, { audienceClaim, clients }: FurtherIssuer): readonly string[] =>
  audienceClaim === 'client_id' ? audiencesOf({ routes }, id, { audienceClaim, clients: Object.values(clients) }).audiences : [audience];

/** For whom tokens of a client are: of its scopes, whatever they are, or the client itself. */
export const audiencesOfClient = ({ audienceClaim, scopes, clients }: FurtherIssuer, name: string): readonly string[] => {
  const client = Object.hasOwn(clients, name) ? clients[name] : undefined;
  if (client === undefined) return [];
  if (audienceClaim === 'client_id') return [client.clientId];
  return [...new Set([...client.scopes.flatMap((scope) => (Object.hasOwn(scopes, scope) ? scopes[scope]?.audience || [] : [])), ...client.audiences])];
};

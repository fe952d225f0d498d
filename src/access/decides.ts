import type { AuthenticationPattern, Blueprint, Gateway, Route, Service } from '../blueprint/types.ts';

/** No token has it: what a service demands until each of its routes demands its own. */
export const CLOSED_SCOPE = 'authctl:closed';

/** Anybody asks a policy at all. */
export const hasPolicy = ({ authorization: { pattern } }: Pick<Blueprint, 'authorization'>): boolean => pattern !== 'none';

/** Kong asks an OPA about every request to a protected route, and leaves the roles to its policy. */
export const kongAsks = ({ authorization: { pattern } }: Blueprint): boolean => pattern === 'centralised' || pattern === 'hybrid';

/** Services decide for themselves, by a module that is published beside the Rego. */
export const servicesDecide = ({ authorization: { pattern } }: Blueprint): boolean => pattern === 'decentralised' || pattern === 'hybrid';

/** Patterns in which Kong itself verifies the issuer's signature. */
const VERIFIED_AT_KONG: readonly AuthenticationPattern[] = ['sso', 'opaque', 'session'];

/** Kong verifies the token of every request to the service: a bad one never gets past it. */
export const kongVerifies = ({ authentication }: Service): boolean => VERIFIED_AT_KONG.includes(authentication.pattern);

/** The service verifies with `authctl-service`: alone, or once more behind a gateway, because nobody decides about unverified claims. */
export const serviceVerifies = (blueprint: Blueprint, { authentication }: Service): boolean =>
  authentication.pattern === 'jwt' || servicesDecide(blueprint);

export type Party = 'gateway' | 'service';

/** Who does what with a request to a route behind a gateway, in the order in which they get it. Of a public route nobody asks for a token. */
export interface Decides {
  /** Verify the token: issuer, audience, keys, lifetime. Whoever does holds it against the scopes of the route, too. */
  readonly verify: readonly Party[];
  /** Every scope of the route must be in the token. AWS alone is content with any one of them. */
  readonly everyScope: boolean;
  /** Hold the token against the roles of the route, themselves. AWS cannot; where a policy is asked it judges them. */
  readonly roles: readonly Party[];
  /** Ask the policy. */
  readonly ask: readonly Party[];
}

/** The one answer to "who verifies, who looks at roles, who asks the policy"; `expect`, the matrix, what is found and explain go by it. */
export const decides = (blueprint: Blueprint, gateway: Gateway, route: Route): Decides => {
  const service = blueprint.services[route.service];
  if (!service) return { verify: [], everyScope: false, roles: [], ask: [] };
  // A service that decides itself asks its policy about every route that it has, without a token where none is asked for.
  if (route.public) return { verify: [], everyScope: false, roles: [], ask: parties(false, servicesDecide(blueprint)) };
  const guarded = gateway === 'kong' && kongVerifies(service);
  const itself = serviceVerifies(blueprint, service);
  return {
    verify: parties(gateway === 'aws' || guarded, itself),
    everyScope: guarded || itself,
    roles: parties(guarded && !kongAsks(blueprint), itself && !servicesDecide(blueprint)),
    ask: parties(gateway === 'kong' && kongAsks(blueprint), servicesDecide(blueprint)),
  };
};

const parties = (gateway: boolean, service: boolean): readonly Party[] => [...(gateway ? (['gateway'] as const) : []), ...(service ? (['service'] as const) : [])];

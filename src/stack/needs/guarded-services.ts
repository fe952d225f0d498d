import type { Blueprint, Route, Service } from '../../blueprint/types.ts';
import { answerOf, decisionOf, kongVerifies, servicesDecide, serviceVerifies, shapeOf, signInDemand } from '../../access/index.ts';
import { groupBy } from '../../core/collections.ts';
import { isBound } from '../../patterns/bound.ts';
import type { GuardedService } from '../types.ts';

/** The services that verify tokens themselves, as the local stack starts them. */
export const guardedServices = (blueprint: Blueprint): Readonly<Record<string, GuardedService>> =>
  Object.fromEntries(
    Object.values(blueprint.services)
      .filter((service) => serviceVerifies(blueprint, service))
      .map((service) => [service.id, guardedService(blueprint, service)]),
  );

const guardedService = (blueprint: Blueprint, service: Service): GuardedService => {
  const { realm } = blueprint;
  const { token, origins } = service.authentication;
  const decides = servicesDecide(blueprint);
  const asksOtherwise = shapeOf(blueprint).input !== 'authctl' || answerOf(blueprint) !== 'allow';
  // A gateway that verifies takes the cookie, asks about its origin, and sends the token on in the header.
  const direct = !kongVerifies(service);
  return {
    realm: realm.name,
    audience: service.audience,
    algorithms: [realm.tokens.algorithm],
    ...(service.issuers.length > 0 && { furtherIssuers: furtherIssuers(blueprint, service) }),
    leeway: token.leeway,
    ...(token.maxLifetime !== undefined && { maxLifetime: token.maxLifetime }),
    header: direct ? token.header : true,
    ...(direct && token.cookie !== undefined && { cookie: token.cookie }),
    ...(isBound(service.authentication, 'dpop') && { proofsFor: blueprint.targets.kong?.proxy.origins ?? [] }),
    origins: direct ? origins : [],
    routes: [...groupBy(service.routes, ({ id }) => id).values()].flatMap(([route, ...also]) => (route ? [guardedRoute(blueprint, route, also, decides)] : [])),
    objects: service.objects,
    ...(decides && { decision: decisionOf(blueprint, service.id), ...(asksOtherwise && { question: { question: shapeOf(blueprint), answer: answerOf(blueprint) } }) }),
  };
};

const furtherIssuers = ({ issuers }: Blueprint, { issuers: named, audience }: Service): NonNullable<GuardedService['furtherIssuers']> =>
  named.flatMap((name) => {
    const further = Object.hasOwn(issuers, name) ? issuers[name] : undefined;
    if (!further) return [];
    const { url, jwksUri, algorithm, tokenType } = further;
    return [{ issuer: url, ...(jwksUri !== undefined && { jwks: jwksUri }), audience, algorithms: [algorithm], typeless: true, tokenTypes: tokenType ? [tokenType.value] : [], tokenTypeClaim: tokenType?.claim ?? 'typ' }];
  });

/** Where a policy decides it judges the roles, too, as at the gateway. */
const guardedRoute = (blueprint: Blueprint, { id, verbs, path, public: open, scopes, roles, ownedBy, ...route }: Route, also: readonly Route[], decides: boolean): GuardedService['routes'][number] => ({
  id,
  method: verbs,
  path,
  ...(also.length > 0 && { also: also.map((one) => ({ method: one.verbs, path: one.path })) }),
  public: open,
  scopes,
  roles: decides ? [] : roles,
  ...(ownedBy !== undefined && { ownedBy }),
  ...signInDemand(blueprint, route),
});

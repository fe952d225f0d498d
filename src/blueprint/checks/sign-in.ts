import { suggestion } from '../nearest.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Route, Service } from '../types.ts';
import { kongVerifies, serviceVerifies } from '../../access/decides.ts';
import { listedFor } from '../../access/expect.ts';
import { demandsSignIn, levelsOf, levelsWithin, signInDemand } from '../../access/sign-in.ts';
import type { Context } from './context.ts';
import { pathOf } from './route-place.ts';

const CODE = 'BLUEPRINT_SIGN_IN';

/** What routes demand of the sign-in must be something that people can reach, and that somebody looks at. */
export const checkSignIn = (context: Context): void => {
  checkLevels(context);
  for (const service of Object.values(context.blueprint.services))
    for (const route of service.routes) if (demandsSignIn(route) && (route.nth ?? 0) === 0) checkDemand(context, service, route);
};

const checkLevels = ({ blueprint: { realm, foreign }, findings }: Context): void => {
  const levels = levelsOf(realm);
  const [least] = levels;
  if (least === undefined) return;
  const path: Path = ['realm', 'levels'];
  if (foreign) return findings.add(CODE, path, 'the levels of an issuer that is not ours are for it to say', { hint: 'state the values of its acr on the routes' });
  if (least.loa !== 1)
    findings.add(CODE, [...path, least.name, 'loa'], 'no level is the least (loa: 1), and a sign-in with a password alone would have none', { expected: 'one level with loa: 1' });
  levels.forEach(({ name, loa, by }, at) => {
    const same = levels.slice(0, at).find((other) => other.loa === loa);
    if (same) findings.add(CODE, [...path, name, 'loa'], `"${same.name}" has this rank, too: Keycloak could not tell which of them a sign-in has`, { expected: 'a rank of its own' });
    if ((by === undefined) !== (least.by === undefined))
      findings.add(CODE, [...path, name], 'some levels say what is asked for them, and others do not: one flow signs people in at all of them', { side: 'key', expected: '`by` on every level, or on none' });
  });
  if (least.by === 'otp')
    findings.add(CODE, [...path, least.name, 'by'], 'a one-time password proves nothing of who is asked first: nobody is known yet', { expected: 'by: password' });
};

/** Where the route, or its service for it, says the field. */
const placeOf = ({ root, blueprint: { services } }: Context, route: Route, field: 'acr' | 'maxAge'): Path => {
  const own = services[route.service]?.[field] === undefined || nodeAt(root, pathOf(route, 'acr')) !== undefined || nodeAt(root, pathOf(route, 'maxAge')) !== undefined;
  return own ? pathOf(route, field) : ['services', route.service, field];
};

const checkDemand = (context: Context, service: Service, route: Route): void => {
  const { blueprint, findings } = context;
  const { realm, foreign, targets } = blueprint;
  const { acr = [] } = route;
  const field = acr.length > 0 ? 'acr' : 'maxAge';
  const at = placeOf(context, route, field);
  if (route.public)
    return findings.add('BLUEPRINT_PUBLIC_ROUTE', at, `a public route asks for no token, so it cannot demand ${field}`, { hint: `remove ${field}, or remove "public: true"` });
  const { pattern, introspection } = service.authentication;
  if (pattern === 'session')
    findings.add(CODE, at, 'the session service asks people for no level and no new sign-in: nobody whose sign-in is too weak could mend it', {
      expected: 'the pattern sso, opaque or jwt, where the client itself asks its issuer for what is needed',
    });
  // What the gateway takes in exchange is of its own session at the issuer, whose level is the least; the time of the sign-in is the person's.
  if (pattern === 'opaque' && acr.length > 0 && introspection?.jwt !== 'introspection')
    findings.add(CODE, at, 'a JWT by token exchange has the least level as its acr, whatever level its person signed in at: nobody would get in', {
      expected: `${service.authentication.path}.introspection.jwt: introspection, whose JWT has the acr of the sign-in; or maxAge alone, which both keep`,
      hint: 'see docs/step-up.md',
    });
  if (!serviceVerifies(blueprint, service)) {
    if (route.gateways.includes('aws'))
      findings.add(CODE, at, 'an authorizer of API Gateway looks neither at acr nor at auth_time: whoever has any token for the service would get in', {
        hint: 'offer the route on kong only (gateways: [kong]), or let the service verify, too (docs/service.md)',
      });
    if (kongVerifies(service) && targets.kong?.edition === 'enterprise' && route.gateways.includes('kong'))
      findings.add(CODE, at, 'openid-connect has no field for acr or auth_time that is answered by insufficient_user_authentication: nobody would be told to sign in again', {
        hint: 'edition: oss, whose guards do, or let the service verify, too (docs/service.md)',
      });
  }
  if (foreign || !findings.sound(['realm', 'levels'])) return;
  const levels = levelsOf(realm);
  const names = levels.map(({ name }) => name);
  const isList = nodeAt(context.root, at)?.kind === 'list';
  acr.forEach((name, index) => {
    const place = isList ? [...at, String(index)] : at;
    if (!names.includes(name))
      findings.add('BLUEPRINT_UNKNOWN_LEVEL', place, `there is no level "${name}"`, { expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a level of realm.levels', hint: suggestion(name, names) });
    else if (name === names[0])
      findings.add(CODE, place, `every token has the level "${name}": Keycloak gives the least to a service account, too`, { expected: 'a level above it, or a maxAge' });
  });
  checkWho(context, route);
};

/** Who is said to pass must be somebody whom verify can sign in so. */
const checkWho = ({ blueprint, findings }: Context, route: Route): void => {
  const demand = signInDemand(blueprint, route);
  if (demand === undefined || demand.acr.length === 0 || !findings.clean(['realm', 'levels'])) return;
  for (const who of listedFor(blueprint, route)) {
    const persona = Object.hasOwn(blueprint.personas, who) ? blueprint.personas[who] : undefined;
    if (persona && !demand.acr.some((level) => levelsWithin(blueprint.realm, persona).includes(level)))
      findings.add(CODE, ['personas', who], `verify could not sign "${who}" in at ${demand.acr.join(' or ')}, which ${route.service}.${route.id} demands`, { side: 'key', expected: 'otp: the secret of its one-time passwords' });
  }
};

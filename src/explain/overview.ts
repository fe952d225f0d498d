import type { Blueprint } from '../blueprint/types.ts';
import { listedIn, matchText } from '../access/index.ts';
import type { Caller } from '../access/index.ts';
import type { Expansion } from '../core/plan.ts';
import { addressesOf } from './addresses.ts';
import { demandText } from './route.ts';
import { placeText } from './steps.ts';

const authentication: Readonly<Record<Blueprint['authentication']['pattern'], string>> = {
  sso: 'people sign in at Keycloak and send the access token in a header or a cookie; the gateway verifies it',
  session: 'the browser holds a session id; a session service holds the tokens',
  jwt: 'the client sends its token, and each service verifies it',
  opaque: 'the client holds an opaque token, which the gateway changes into a JWT on every request',
  aws: 'AWS API Gateway verifies the token with its JWT authorizer',
};
const authorization: Readonly<Record<Blueprint['authorization']['pattern'], string>> = {
  none: 'scopes and roles of the route, no policy',
  centralised: 'the gateway asks one OPA',
  decentralised: 'every service decides for itself, by the same bundle',
  hybrid: 'the gateway asks OPA about scope and role, the service decides about the rest',
};

const takersOf = ({ services }: Blueprint, issuer: string): string => Object.values(services).filter(({ issuers }) => issuers.includes(issuer)).map(({ id }) => id).join(', ') || 'no service';

/** The whole blueprint on one screen: what stands where, who verifies, who decides, every route with what it demands. */
export const explainBlueprint = (blueprint: Blueprint, expansion: Expansion, command: string): string => {
  const { targets, services } = blueprint;
  const { bundle } = blueprint.authorization;
  const counts = new Map<string, number>();
  for (const { kind } of [...expansion.desired, ...expansion.deferred]) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const routes = Object.values(services).flatMap((service) => service.routes);
  const width = Math.max(0, ...routes.map((route) => `${route.service}.${route.id}`.length));
  const requestWidth = Math.max(0, ...routes.map((route) => matchText(route).length));
  const where = [
    ...(targets.keycloak ? [`keycloak  ${targets.keycloak.url}, issuer ${blueprint.issuer}`, ...addressesOf(blueprint).map((line) => `          ${line}`)] : []),
    ...(blueprint.foreign ? [`issuer    ${blueprint.issuer}, which is not ours: its discovery document and its keys are read`] : []),
    ...Object.values(blueprint.issuers).map(({ name, url }) => `issuer    ${name}: ${url}, a further one, whose tokens count at ${takersOf(blueprint, name)}  ${placeText(blueprint.at(`issuers.${name}`))}`),
    ...(targets.kong ? [`kong      ${targets.kong.proxy.url} (${targets.kong.edition}, ${targets.kong.store})`] : []),
    ...(targets.opa ? [`opa       ${targets.opa.servers.join(', ')}`] : []),
    ...(bundle ? [`policy    the bundle ${bundle.name}, ${bundle.revision === undefined ? 'whichever revision' : `revision ${bundle.revision}`}, which somebody else publishes at ${bundle.url ?? bundle.file ?? ''}  ${placeText(blueprint.at('authorization.bundle'))}`] : []),
    ...(targets.aws ? [`aws       ${targets.aws.region}`] : []),
  ];
  const [first] = routes;
  return [
    `${blueprint.name}  ${blueprint.file}`,
    `  authentication ${blueprint.authentication.pattern}: ${authentication[blueprint.authentication.pattern]}  ${placeText(blueprint.at('authentication'))}`,
    `  authorization ${blueprint.authorization.pattern}: ${authorization[blueprint.authorization.pattern]}  ${placeText(blueprint.at('authorization'))}`,
    '',
    'Targets',
    ...where.map((line) => `  ${line}`),
    '',
    'Routes',
    ...routes.map(
      (route) =>
        `  ${((route.nth ?? 0) > 0 ? '' : `${route.service}.${route.id}`).padEnd(width)}  ${matchText(route).padEnd(requestWidth)}  ${route.gateways.join(' ').padEnd(8)}  ${demandText(route)}`,
    ),
    '',
    `Objects: ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}`,
    '',
    'More: a route, a check or its group, an object, a persona or client',
    ...(first ? [`  ${command} ${first.service}.${first.id}`] : []),
    `  ${command} SIG-04`,
    ...(expansion.desired[0] ? [`  ${command} ${expansion.desired[0].kind}/${expansion.desired[0].id}`] : []),
  ].join('\n');
};

/** Who a persona or a service client is to the stack, and where `expect` lets it pass. */
export const explainCaller = (blueprint: Blueprint, caller: Caller): string => {
  const list = (items: readonly string[]): string => (items.length > 0 ? items.join(', ') : 'none');
  const row = listedIn(blueprint, caller.name);
  return [
    `${caller.name}, ${whoIs(blueprint, caller)}`,
    `  gets its token through the client ${caller.client ?? ''}`,
    `  realm roles in it: ${list(caller.roles)}`,
    `  scopes: ${list(caller.scopes)}`,
    ...(caller.withheld.length > 0
      ? [`  asked for and not granted: ${list(caller.withheld)} (the scope names roles that it does not hold)`]
      : []),
    `  audiences: ${list(caller.audiences)}`,
    ...(row.length > 0
      ? row.map(([service, routes]) => `  may pass ${service}: ${list(routes)}`)
      : ['  expect has no row for it: verify does not try it']),
  ].join('\n');
};

const whoIs = ({ at, issuers }: Blueprint, { name, what, issuer }: Caller): string => {
  if (issuer === undefined) return what === 'client' ? `a service client  ${placeText(at(`realm.clients.${name}`))}` : `a persona  ${placeText(at(`personas.${name}`))}`;
  return `a client of the further issuer ${issuer} (${issuers[issuer]?.url ?? ''})  ${placeText(at(`issuers.${issuer}.clients.${name.slice(issuer.length + 1)}`))}`;
};

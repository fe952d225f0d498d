import type { Blueprint, Gateway, Route } from '../blueprint/types.ts';
import { callersOf, decides, decisionOf, gateOf, hasPolicy, listedFor, matchText } from '../access/index.ts';
import type { Expansion } from '../core/plan.ts';
import { awsSteps } from './aws-steps.ts';
import { kongSteps } from './kong-steps.ts';
import { either, placeText, stepsText } from './steps.ts';
import type { Step } from './steps.ts';

export interface RouteExplanation {
  readonly gateways: readonly { readonly gateway: Gateway; readonly steps: readonly Step[] }[];
  readonly text: string;
}

/** What happens to a request on a route, gateway by gateway, step by step. */
export const explainRoute = (blueprint: Blueprint, expansion: Expansion, route: Route): RouteExplanation => {
  const gateways = route.gateways.map((gateway) => ({
    gateway,
    steps: gateway === 'kong' ? kongSteps(blueprint, expansion, route) : awsSteps(blueprint, expansion, route),
  }));
  const text = [
    `${route.service}.${route.id}: ${matchText(route)}  ${placeText(route.at)}`,
    demandText(route),
    ...whoLines(blueprint, route),
    ...(route.public ? [] : ['', tokenText(blueprint, route)]),
    ...gateways.flatMap(({ gateway, steps }) => [
      '',
      `At ${gateway}`,
      steps.length > 0 ? stepsText(steps) : '  nothing is made there for this route',
    ]),
    ...afterGateway(blueprint, route),
  ].join('\n');
  return { gateways, text };
};

/** `orders:write and one of the roles admin, clerk` */
export const demandText = ({ public: open, scopes, roles, acr = [], maxAge }: Route): string => {
  if (open) return 'Open to everybody, without a token.';
  const parts = [
    ...(scopes.length > 0 ? [`the scope${scopes.length > 1 ? 's' : ''} ${scopes.join(', ')}`] : []),
    ...(roles.length > 0 ? [`${roles.length > 1 ? 'one of the roles' : 'the role'} ${roles.join(', ')}`] : []),
    ...(acr.length > 0 ? [`a sign-in at ${acr.join(' or ')} or above`] : []),
    ...(maxAge === undefined ? [] : [`a sign-in at most ${maxAge} s ago`]),
  ];
  return `Demands a token with ${parts.length > 0 ? parts.join(' and ') : "the service's audience"}.`;
};

const whoLines = (blueprint: Blueprint, route: Route): readonly string[] => {
  if (route.public) return [];
  const who = listedFor(blueprint, route);
  return [who.length > 0 ? `By expect ${who.join(', ')} may pass, and nobody else.` : 'By expect nobody may pass.'];
};

/** Where the token comes from, and which scopes are handed out to whom. */
const tokenText = (blueprint: Blueprint, route: Route): string => {
  const { realm, issuer } = blueprint;
  const authentication = blueprint.services[route.service]?.authentication ?? blueprint.authentication;
  const gates = route.scopes.flatMap((scope) => {
    const roles = gateOf(realm, scope);
    return roles.length > 0
      ? [
          `  ${scope} is granted only to the role${roles.length > 1 ? 's' : ''} ${roles.join(', ')}  ${placeText(blueprint.at(`realm.scopes.${scope}`))}`,
        ]
      : [];
  });
  const lacking = callersOf(blueprint, authentication).filter(
    (caller) => caller.client !== undefined && route.scopes.some((scope) => !caller.scopes.includes(scope)),
  );
  return [
    'The token',
    blueprint.foreign
      ? `  It comes from ${issuer}, which is not ours: what it carries is as the blueprint says of ${authentication.client === '' ? 'its clients' : `the client ${authentication.client}`}  ${placeText(blueprint.at(`realm.clients.${authentication.client}`))}`
      : `  People sign in at ${issuer} through the client ${authentication.client} (authorization code with PKCE)  ${placeText(blueprint.at(`realm.clients.${authentication.client}`))}`,
    ...(blueprint.services[route.service]?.issuers ?? []).flatMap((name) => {
      const further = blueprint.issuers[name];
      return further ? [`  Tokens of ${name} (${further.url}) count as well: of ${either(Object.keys(further.clients).map((client) => `${name}/${client}`)) || 'nobody that the blueprint knows'}, with their scopes and without a role  ${placeText(blueprint.at(`issuers.${name}`))}`] : [];
    }),
    ...gates,
    ...(lacking.length > 0 ? [`  ${either(lacking.map(({ name }) => name))} cannot get all of its scopes.`] : []),
  ].join('\n');
};

const afterGateway = (blueprint: Blueprint, route: Route): readonly string[] => {
  const decisions = route.gateways.map((gateway) => decides(blueprint, gateway, route));
  const behind = [
    ...(decisions.some(({ verify }) => verify.join() === 'service')
      ? ['The gateway passes the token on: the service verifies it (issuer, audience, keys, lifetime).']
      : []),
    ...(decisions.some(({ ask }) => ask.includes('service'))
      ? [`The service decides by the policy ${decisionOf(blueprint, route.service)} of the same bundle.`]
      : []),
    ...(hasPolicy(blueprint) && !route.public && route.gateways.includes('aws') && decides(blueprint, 'aws', route).ask.length === 0
      ? ['OPA is asked behind kong only: at aws, scopes and who is granted them are all there is.']
      : []),
  ];
  return behind.length > 0 ? ['', 'Besides', ...behind.map((sentence) => `  ${sentence}`)] : [];
};

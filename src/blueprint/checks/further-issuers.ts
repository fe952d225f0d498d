import { hasPolicy } from '../../access/decides.ts';
import { OWN_ISSUER } from '../further-issuers.ts';
import { followsKeys, keySetOf } from '../issuer.ts';
import { isOnlyLookedAt } from '../looking.ts';
import { suggestion } from '../nearest.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Blueprint, FurtherIssuer, Route, Service } from '../types.ts';
import type { Context } from './context.ts';
import { checkAddress } from './issuer.ts';
import { pathOf } from './route-place.ts';

/** Further issuers (`issuers`), and which service takes the tokens of which. What cannot be told apart for certain is refused, not half done. */
export const checkFurtherIssuers = (context: Context): void => {
  const { blueprint } = context;
  for (const issuer of Object.values(blueprint.issuers)) checkFurther(context, issuer);
  for (const service of Object.values(blueprint.services)) {
    const named = namedBy(context, service);
    if (named.length === 0) continue;
    if (!checkNames(context, service, named)) continue;
    if (named.includes(OWN_ISSUER)) checkBeside(context, service);
    else checkInstead(context, service, named);
  }
};

/** What the file says, in its order. */
const namedBy = ({ root }: Context, { id }: Service): readonly string[] => {
  const node = nodeAt(root, ['services', id, 'issuers']);
  return node?.kind === 'list' ? node.items.map((item) => (item.kind === 'scalar' && typeof item.value === 'string' ? item.value : '')) : [];
};

const checkFurther = (context: Context, issuer: FurtherIssuer): void => {
  const { blueprint, findings } = context;
  const { name, url, jwksUri, audienceClaim, scopes, clients } = issuer;
  const path = ['issuers', name];
  if (name === OWN_ISSUER) findings.add('BLUEPRINT_ISSUERS', path, `"${OWN_ISSUER}" is what services call the issuer of the blueprint itself`, { side: 'key', hint: 'give it another name' });
  checkAddress(context, [...path, 'url'], url);
  if (jwksUri !== undefined) checkAddress(context, [...path, 'jwksUri'], jwksUri);
  checkAlone(context, issuer);
  for (const [scope, { audience }] of Object.entries(scopes)) {
    if (audienceClaim === 'aud' && audience === '')
      findings.add('BLUEPRINT_MISSING_KEY', [...path, 'scopes', scope, 'audience'], `${[...path, 'scopes', scope].join('.')} must state "audience"`, { side: 'key', expected: 'the audience of tokens with this scope, or audienceClaim: client_id on the issuer' });
    if (audienceClaim === 'client_id' && audience !== '')
      findings.add('BLUEPRINT_ISSUERS', [...path, 'scopes', scope, 'audience'], 'a token of this issuer names its client, and no audience', { hint: 'remove it, or take audienceClaim: client_id off the issuer' });
  }
  for (const [id, client] of Object.entries(clients)) {
    client.scopes.forEach((scope, index) => {
      if (!Object.hasOwn(scopes, scope) && findings.sound([...path, 'scopes']))
        findings.add('BLUEPRINT_UNKNOWN_SCOPE', [...path, 'clients', id, 'scopes', String(index)], `there is no scope "${scope}"`, { expected: `a scope of ${path.join('.')}.scopes`, hint: suggestion(scope, Object.keys(scopes)) });
    });
    if (client.clientSecret && client.token)
      findings.add('BLUEPRINT_ISSUERS', [...path, 'clients', id, 'token'], 'with its secret verify gets tokens of its own', { hint: 'remove it, or the clientSecret' });
    if (audienceClaim === 'aud' && !issuer.tokenType)
      for (const service of takersOf(blueprint, name))
        if (service.audience === client.clientId)
          findings.add('BLUEPRINT_ISSUERS', [...path, 'clients', id], `ID tokens of this client have the audience of ${service.id}, and nothing tells them from access tokens`, { side: 'key', expected: `another audience, or ${path.join('.')}.tokenType` });
  }
};

const takersOf = ({ services }: Blueprint, name: string): readonly Service[] => Object.values(services).filter(({ issuers }) => issuers.includes(name));

/** One issuer under two names would be judged by the rules of either; one key set under two, and a key of the one would sign for the other. */
const checkAlone = ({ blueprint, findings }: Context, { name, url, jwksUri }: FurtherIssuer): void => {
  const path = ['issuers', name];
  const before = Object.values(blueprint.issuers);
  const others = before.slice(0, before.findIndex((one) => one.name === name));
  const same = (other: string): boolean => other.replace(/\/+$/, '') === url.replace(/\/+$/, '');
  if (same(blueprint.issuer)) findings.add('BLUEPRINT_ISSUERS', [...path, 'url'], 'this is the issuer of the blueprint itself', { hint: `services call it "${OWN_ISSUER}"` });
  const twin = others.find((other) => same(other.url));
  if (twin) findings.add('BLUEPRINT_ISSUERS', [...path, 'url'], `this is the issuer "${twin.name}" as well`, { hint: 'one of the two names is enough' });
  if (jwksUri === undefined) return;
  const ownKeys = keySetOf(blueprint);
  const shared = jwksUri === ownKeys ? OWN_ISSUER : others.find((other) => other.jwksUri === jwksUri)?.name;
  if (shared !== undefined)
    findings.add('BLUEPRINT_ISSUERS', [...path, 'jwksUri'], `the keys of "${shared}" are there, too: what the one signs would count for the other`, { expected: 'a key set that is this issuer’s alone', hint: 'where two issuers share their keys, take the tokens of one' });
};

/** Every name is known. */
const checkNames = ({ blueprint, findings }: Context, { id }: Service, named: readonly string[]): boolean => {
  const known = [OWN_ISSUER, ...Object.keys(blueprint.issuers)];
  named.forEach((name, index) => {
    const path = ['services', id, 'issuers', String(index)];
    if (!known.includes(name) && findings.sound(['issuers'])) findings.add('BLUEPRINT_UNKNOWN_ISSUER', path, `there is no issuer "${name}"`, { expected: `${OWN_ISSUER}, or one of issuers`, hint: suggestion(name, known) });
  });
  return named.every((name) => known.includes(name));
};

/** Tokens of ours and of further issuers on the same routes: where whoever verifies chooses keys and rules by the issuer that a token names. */
const checkBeside = (context: Context, service: Service): void => {
  const { blueprint, findings } = context;
  if (service.issuers.length === 0) return;
  const { authentication, gateways, id } = service;
  const path: Path = ['services', id, 'issuers'];
  const refuse = (message: string, detail: { readonly expected?: string; readonly hint?: string }): void => findings.add('BLUEPRINT_ISSUERS', path, message, { side: 'key', ...detail });
  if (gateways.includes('aws'))
    return refuse('an authorizer of API Gateway takes tokens of one issuer', { hint: 'offer the service at kong alone; or have a service for each issuer there, on paths of its own, the other with issuers: [<name>]' });
  if (authentication.issuer !== undefined) return refuse(`authentication.issuer says that the tokens of ${authentication.issuer} count in the place of ours`, { hint: 'name that issuer under issuers, and take authentication.issuer away' });
  if (authentication.pattern === 'session' || authentication.pattern === 'opaque')
    return refuse(`the pattern ${authentication.pattern} knows one issuer: who else’s sessions or opaque tokens there are cannot be told`, { expected: 'pattern: sso behind a Kong that follows keys, or jwt' });
  if (authentication.token.cookie !== undefined || !authentication.token.header) return refuse('a cookie is set for those who sign in at the one issuer', { expected: 'token: { in: [header] }' });
  if (authentication.token.bound !== 'none') return refuse('bound tokens are those of clients of the one issuer', { expected: 'bound: none' });
  if (hasPolicy(blueprint)) return refuse('policies read roles and names as those of the one issuer', { expected: 'authorization.pattern: none, with scopes on the routes' });
  if (gateways.includes('kong') && isOnlyLookedAt(blueprint, 'kong')) return refuse('whose tokens this Kong takes is for those who keep it to say', { hint: 'a Kong that authctl manages' });
  if (authentication.pattern === 'sso') checkAtKong(context, service, refuse);
  for (const issuer of takenBy(context, service)) checkIssuerFor(context, service, issuer);
  for (const route of service.routes) checkRoute(context, service, route);
};

const takenBy = ({ blueprint }: Context, { issuers }: Service): readonly FurtherIssuer[] => issuers.flatMap((name) => (Object.hasOwn(blueprint.issuers, name) ? (blueprint.issuers[name] ?? []) : []));

const checkAtKong = ({ blueprint }: Context, { gateways }: Service, refuse: (message: string, detail: { readonly expected?: string; readonly hint?: string }) => void): void => {
  const { kong } = blueprint.targets;
  if (!gateways.includes('kong') || !kong) return;
  if (kong.edition === 'enterprise') refuse('openid-connect of Kong Enterprise is set up for one issuer here', { expected: 'edition: oss with keys: followed, or the pattern jwt' });
  else if (!followsKeys(blueprint)) refuse('a key that Kong holds counts whatever issuer a token names', { expected: 'targets.kong.keys: followed, which keeps the keys of each issuer apart' });
};

/** What whoever verifies must know of it. */
const checkIssuerFor = ({ findings }: Context, { id, authentication: { pattern } }: Service, { name, jwksUri, audienceClaim, tokenType }: FurtherIssuer): void => {
  const path = ['issuers', name];
  if (pattern === 'sso' && jwksUri === undefined)
    findings.add('BLUEPRINT_ISSUERS', path, `Kong is told one address of its keys for ${id}, and none is stated`, { side: 'key', expected: `${path.join('.')}.jwksUri`, hint: 'it is the jwks_uri of the discovery document; what is stated is held against that before the first write' });
  if (pattern !== 'jwt') return;
  if (audienceClaim === 'client_id') findings.add('BLUEPRINT_ISSUERS', [...path, 'audienceClaim'], `authctl-service, by which ${id} verifies, looks for the audience in aud`, { expected: 'the pattern sso for that service: there the gateway takes client_id' });
  else if (tokenType && tokenType.claim !== 'typ') findings.add('BLUEPRINT_ISSUERS', [...path, 'tokenType'], `authctl-service, by which ${id} verifies, knows an access token by typ`, { expected: 'the pattern sso for that service, or no tokenType' });
};

/** Roles, sign-in and whose an object is are said in the words of one issuer. */
const checkRoute = ({ findings }: Context, { id }: Service, route: Route): void => {
  if (route.public) return;
  const refuse = (field: string, message: string): void => findings.add('BLUEPRINT_ISSUERS', pathOf(route, field), message, { expected: 'a scope that each issuer grants to those who may', hint: `or a service of its own for this route, beside ${id}, that takes tokens of "${OWN_ISSUER}" alone` });
  if (route.roles.length > 0) refuse('roles', 'a role of a further issuer opens nothing here, and this route asks for one');
  if (route.acr !== undefined && route.acr.length > 0) refuse('acr', 'how people sign in at a further issuer is not known here');
  if (route.maxAge !== undefined) refuse('maxAge', 'when people signed in at a further issuer is not known here');
  if (route.ownedBy !== undefined) refuse('ownedBy', 'a name of a further issuer may be that of one of ours, whose the object is');
};

/** Tokens of one further issuer in the place of ours: an authorizer of API Gateway has an issuer of its own. */
const checkInstead = ({ blueprint, findings, root }: Context, { id, authentication, gateways, routes, issuers }: Service, named: readonly string[]): void => {
  const path: Path = ['services', id, 'issuers'];
  const refuse = (message: string, hint: string): void => findings.add('BLUEPRINT_ISSUERS', path, message, { side: 'key', hint });
  if (named.length > 1) return refuse('an authorizer of API Gateway takes tokens of one issuer', `name one, or at Kong "${OWN_ISSUER}" as well`);
  if (gateways.some((gateway) => gateway !== 'aws') || authentication.pattern !== 'aws')
    return refuse('that tokens of ours do not count is said behind AWS alone (pattern aws)', `name "${OWN_ISSUER}" as well; or write a blueprint of its own for what takes tokens of ${issuers.join(', ')} alone`);
  if (nodeAt(root, ['services', id, 'authentication', 'issuer'])) return refuse('authentication.issuer says it, too', 'remove authentication.issuer');
  const [issuer] = issuers.flatMap((name) => blueprint.issuers[name] ?? []);
  if (issuer && !issuer.algorithm.startsWith('RS')) findings.add('BLUEPRINT_AWS_ALGORITHM', ['issuers', issuer.name, 'algorithm'], `AWS refuses tokens signed with ${issuer.algorithm}`, { expected: 'one of RS256, RS384, RS512: an AWS JWT authorizer takes RSA only' });
  if (issuer && blueprint.targets.aws?.endpoint === undefined && !issuer.url.startsWith('https://'))
    findings.add('BLUEPRINT_AWS_ISSUER', ['issuers', issuer.name, 'url'], "AWS fetches the issuer's keys over public https, and this issuer is plain http", { expected: 'an https URL that the internet can reach' });
  for (const route of routes)
    if (route.roles.length > 0) findings.add('BLUEPRINT_ISSUERS', pathOf(route, 'roles'), 'a role of a further issuer opens nothing here, and this route asks for one', { expected: 'a scope that the issuer grants to those who may' });
};

import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import { followedTimes, followsKeys, frontendUrlOf, keySetOf, realmAt } from '../issuer.ts';
import type { Authentication, Blueprint, KeycloakTarget, KongTarget, OpaTarget, Route } from '../types.ts';
import { checkBaseUrl, checkCredentialsTravel, isLoopback } from './addresses.ts';
import { kongAsks } from '../../access/decides.ts';
import { gateOf, roleClosure } from '../../access/roles.ts';
import { awsKeysOf } from '../../access/routing.ts';
import type { Context } from './context.ts';
import { checkDomains } from './domains.ts';
import { pathOf } from './route-place.ts';

/** HTTP API quotas: routes and integrations per API, authorizers per API, scopes per route (AWS, "Quotas for HTTP APIs"). */
const AWS_ROUTES = 300;
const AWS_AUTHORIZERS = 10;
const AWS_SCOPES = 10;

/** What the targets are, and what each gateway cannot enforce: said here, before anything is written. */
export const checkGateways = (context: Context): void => {
  checkTargets(context);
  const routes = Object.values(context.blueprint.services).flatMap((service) => service.routes);
  checkAws(
    context,
    routes.filter((route) => route.gateways.includes('aws')),
  );
  checkKong(
    context,
    routes.filter((route) => route.gateways.includes('kong')),
  );
};

/** The API of Konnect replaces whole entities and says of no write when it is in force: a control plane there is looked at, and written by decK. */
const checkKonnect = ({ root, findings }: Context, kong: KongTarget, { endpoint }: NonNullable<KongTarget['konnect']>): void => {
  const path = ['targets', 'kong', 'konnect'] as const;
  const wrong = (at: Path, what: string, hint: string): void => findings.add('BLUEPRINT_KONNECT', at, what, { hint });
  if (kong.manage !== 'none')
    wrong(path, 'a control plane of Konnect is only looked at, and this target is to be written', 'state "manage: none" in targets.kong, and write with decK what "authctl render --target kong-declarative" makes (deck gateway sync --konnect-control-plane-name)');
  if (nodeAt(root, ['targets', 'kong', 'admin'])) wrong(path, 'targets.kong states "admin" and "konnect"', 'state one of them: entities are read at one address');
  if (kong.workspace !== undefined) wrong(['targets', 'kong', 'workspace'], 'Konnect has no workspaces', 'remove it: a control plane stands in its place');
  if (kong.store === 'dbless') wrong(['targets', 'kong', 'store'], 'a control plane of Konnect keeps its configuration itself', 'remove it');
  if (endpoint !== undefined && endpoint !== '' && !(URL.canParse(endpoint) && isLoopback(new URL(endpoint)) && /^https?:/.test(endpoint)))
    wrong([...path, 'endpoint'], 'an endpoint of Konnect is for a stand-in on this machine alone: the token is sent there', 'remove it: the region says where Konnect is');
};

const checkTargets = (context: Context): void => {
  const { blueprint, findings } = context;
  const { keycloak, kong, opa, aws } = blueprint.targets;
  if (keycloak) checkKeycloak(context, keycloak);
  if (kong) {
    if (kong.konnect) checkKonnect(context, kong, kong.konnect);
    else if (nodeAt(context.root, ['targets', 'kong', 'admin']) === undefined)
      findings.add('BLUEPRINT_MISSING_KEY', ['targets', 'kong', 'admin'], 'targets.kong must state "admin"', { side: 'key', expected: 'the Admin API, or "konnect", a control plane of Konnect' });
    else checkBaseUrl(context, ['targets', 'kong', 'admin', 'url'], kong.admin.url);
    checkBaseUrl(context, ['targets', 'kong', 'proxy', 'url'], kong.proxy.url);
    if (kong.admin.token) checkCredentialsTravel(context, ['targets', 'kong', 'admin', 'url'], kong.admin.url, kong.admin.insecure);
    if (kong.workspace !== undefined && kong.edition === 'oss')
      findings.add('BLUEPRINT_KONG_EDITION', ['targets', 'kong', 'workspace'], 'only Kong Enterprise has workspaces', {
        hint: 'remove it, or state "edition: enterprise"',
      });
    if (kong.keys === 'pinned' && kong.edition === 'enterprise')
      findings.add('BLUEPRINT_KONG_EDITION', ['targets', 'kong', 'keys'], 'openid-connect of Kong Enterprise always fetches the keys of the issuer', {
        hint: 'remove it',
      });
  }
  if (opa) {
    if (!blueprint.authorization.bundle && nodeAt(context.root, ['targets', 'opa', 'bundle']) === undefined)
      findings.add('BLUEPRINT_MISSING_KEY', ['targets', 'opa', 'bundle'], 'targets.opa must state "bundle"', { side: 'key', expected: 'where the policy bundle is published' });
    opa.servers.forEach((url, index) => {
      checkBaseUrl(context, ['targets', 'opa', 'servers', String(index)], url);
      if (opa.token) checkCredentialsTravel(context, ['targets', 'opa', 'servers', String(index)], url, opa.insecure);
    });
    if (opa.bundle.token) checkCredentialsTravel(context, ['targets', 'opa', 'bundle', 'publish'], opa.bundle.publish, opa.insecure);
    if (opa.decisionUrl !== '') checkBaseUrl(context, ['targets', 'opa', 'decisionUrl'], opa.decisionUrl);
    if (/^https?:/.test(opa.bundle.publish)) checkBaseUrl(context, ['targets', 'opa', 'bundle', 'publish'], opa.bundle.publish);
    checkBucket(context, opa.bundle);
  }
  if (aws?.endpoint !== undefined) checkBaseUrl(context, ['targets', 'aws', 'endpoint'], aws.endpoint);
  for (const service of Object.values(blueprint.services))
    service.gateways.forEach((gateway, index) => {
      if (!blueprint.targets[gateway] && findings.sound(['targets', gateway]))
        findings.add('BLUEPRINT_TARGET_MISSING', ['services', service.id, 'gateways', String(index)], `targets states no ${gateway}`, {
          hint: `add targets.${gateway}, or take ${gateway} off this service`,
        });
    });
};

/** The service account's secret goes to `admin`, the passwords of personas to `url`. What goes to `backchannel` the pattern says. */
const checkKeycloak = (context: Context, { insecure, ...target }: KeycloakTarget): void => {
  const { blueprint, findings } = context;
  for (const field of ['url', 'admin', 'backchannel'] as const) {
    const path = ['targets', 'keycloak', field];
    const stated = target[field];
    if (stated === undefined) continue;
    checkBaseUrl(context, path, stated);
    if (field !== 'backchannel') checkCredentialsTravel(context, path, stated, insecure);
  }
  if (target.issuer === undefined) return;
  const path = ['targets', 'keycloak', 'issuer'];
  checkBaseUrl(context, path, target.issuer);
  const frontend = frontendUrlOf(blueprint.raw.keycloak);
  const own = frontend === undefined ? target.issuer : realmAt(frontend, blueprint.realm.name);
  if (own !== target.issuer)
    findings.add('BLUEPRINT_ISSUER', path, 'the frontendUrl of the realm makes its tokens say another issuer', { expected: own, hint: 'leave the issuer out: it follows from frontendUrl' });
};

const checkBucket = (context: Context, { s3 }: OpaTarget['bundle']): void => {
  const { root, findings } = context;
  const path = ['targets', 'opa', 'bundle', 's3'];
  const stated = (key: string): boolean => nodeAt(root, [...path, key]) !== undefined;
  if (nodeAt(root, path) && !s3)
    findings.add('BLUEPRINT_BUNDLE', path, 'this is not used: bundles are not published to a bucket', { expected: 'publish: s3://<bucket>' });
  if (s3?.endpoint !== undefined) checkBaseUrl(context, [...path, 'endpoint'], s3.endpoint);
  if (stated('accessKeyId') !== stated('secretAccessKey'))
    findings.add('BLUEPRINT_BUNDLE', path, 'a key id and its secret belong together', {
      expected: 'both accessKeyId and secretAccessKey, or none of them for the usual AWS environment',
    });
};

const checkAwsPath = ({ findings }: Context, { path, verbs, ...route }: Route): void => {
  const told = (what: string, expected?: string): void =>
    findings.add('BLUEPRINT_AWS_PATH', pathOf({ path, verbs, ...route }, 'match'), what, { ...(expected !== undefined && { expected }), hint: 'or offer it at Kong alone: gateways: [kong]' });
  if (path === '/**' && verbs !== 'ANY') told('an HTTP API has no route for all paths and some methods', 'ANY /**, which is its $default');
  if (path !== '/' && path.endsWith('/')) told('nothing says how API Gateway takes a slash at the end of a path', `${path.slice(0, -1)}`);
  if (!/^[A-Za-z0-9._~:/{}*-]*$/.test(path.replaceAll(/\{[^{}]+\}/g, ''))) told('API Gateway is not known to take such a character in a path', 'letters, digits and . _ ~ : -');
};

/** Sources: AWS, "Controlling access to HTTP APIs with JWT authorizers". */
const checkAws = (context: Context, routes: readonly Route[]): void => {
  const { blueprint, findings } = context;
  const { realm, targets, issuer } = blueprint;
  const closed = routes.filter((route) => !route.public);
  if (!targets.aws || routes.length === 0) return;

  const keys = routes.flatMap(awsKeysOf);
  if (keys.length > AWS_ROUTES)
    findings.add('BLUEPRINT_AWS_QUOTA', ['targets', 'aws'], `${keys.length} routes on one HTTP API`, {
      expected: `at most ${AWS_ROUTES}`,
      hint: 'each method of a route is one there, HEAD with each GET; ANY is one',
    });
  checkDomains(context);
  for (const route of routes) checkAwsPath(context, route);
  const services = new Set(closed.map((route) => route.service));
  if (services.size > AWS_AUTHORIZERS)
    findings.add('BLUEPRINT_AWS_QUOTA', ['targets', 'aws'], `${services.size} services, each with its authorizer, on one HTTP API`, {
      expected: `at most ${AWS_AUTHORIZERS}`,
    });
  if (closed.length === 0) return;

  if (!realm.tokens.algorithm.startsWith('RS'))
    findings.add('BLUEPRINT_AWS_ALGORITHM', ['realm', 'tokens', 'algorithm'], `AWS refuses tokens signed with ${realm.tokens.algorithm}`, {
      expected: 'one of RS256, RS384, RS512: an AWS JWT authorizer takes RSA only',
    });
  for (const { path, pattern, token, issuer: other } of usedBy(context, closed)) {
    if (other !== undefined && nodeAt(context.root, [...path.split('.'), 'issuer'])) checkForeignIssuer(context, [...path.split('.'), 'issuer'], pattern, other);
    if (!token.header)
      findings.add('BLUEPRINT_AWS_COOKIE', [...path.split('.'), 'token', 'in'], 'AWS does not look for a token in a cookie', {
        expected: 'a list with "header" in it, for the services behind aws',
      });
    if (pattern === 'session' || pattern === 'opaque')
      findings.add(
        'BLUEPRINT_AWS_PATTERN',
        [...path.split('.'), 'pattern'],
        `AWS verifies JWTs itself: the pattern ${pattern} has none to show it`,
        {
          hint: 'take aws off the services, or use the pattern sso or aws',
        },
      );
  }
  if (targets.aws.endpoint === undefined && URL.canParse(issuer) && new URL(issuer).protocol !== 'https:')
    findings.add(
      'BLUEPRINT_AWS_ISSUER',
      ['targets', 'keycloak', targets.keycloak?.issuer === undefined ? 'url' : 'issuer'],
      "AWS fetches the issuer's keys over public https, and this issuer is plain http",
      {
        expected: 'an https URL that the internet can reach',
        hint: 'set targets.aws.endpoint when aws is a stand-in on this machine',
      },
    );
  for (const route of closed) checkAwsRoute(context, route);
};

/** Only a JWT authorizer of its own can trust another identity provider; what it trusts must be there when the authorizer is made. */
const checkForeignIssuer = ({ blueprint, findings }: Context, path: Path, pattern: string, issuer: string): void => {
  if (pattern !== 'aws')
    findings.add('BLUEPRINT_ISSUER', path, `the pattern ${pattern} verifies tokens of the realm`, { expected: 'pattern: aws, for a service that trusts another issuer' });
  else if (issuer === blueprint.issuer) findings.add('BLUEPRINT_ISSUER', path, 'this is the issuer of the realm', { hint: 'remove it' });
  else if (blueprint.targets.aws?.endpoint === undefined && !issuer.startsWith('https://'))
    findings.add('BLUEPRINT_AWS_ISSUER', path, "AWS fetches the issuer's keys over public https, and this issuer is plain http", { expected: 'an https URL that the internet can reach' });
};

const checkAwsRoute = ({ blueprint: { realm }, findings }: Context, route: Route): void => {
  if (route.scopes.length === 0 && route.anyToken !== true)
    findings.add(
      'BLUEPRINT_AWS_ROUTE_WITHOUT_SCOPES',
      pathOf(route, 'scopes'),
      'without scopes, AWS lets any token of this audience in, ID tokens too',
      {
        hint: 'demand a scope, say that any token for the service is enough (anyToken: true), or offer the route on kong only: gateways: [kong]',
      },
    );
  else if (route.scopes.length > AWS_SCOPES)
    findings.add('BLUEPRINT_AWS_QUOTA', pathOf(route, 'scopes'), `${route.scopes.length} scopes on one route`, {
      expected: `at most ${AWS_SCOPES}`,
    });
  else if (route.scopes.length > 1)
    findings.add(
      'BLUEPRINT_AWS_ANY_SCOPE',
      pathOf(route, 'scopes'),
      'AWS is content with any one of the scopes, the other gateways demand all',
      {
        hint: 'demand one scope, or offer the route on kong only: gateways: [kong]',
      },
    );

  if (
    route.roles.length === 0 ||
    !['roles', 'scopes'].every((part) => findings.clean(['realm', part]) && findings.clean(pathOf(route, part)))
  )
    return;
  const gated = route.scopes.some((name) => {
    const holders = gateOf(realm, name);
    return holders.length > 0 && holders.every((role) => route.roles.some((wanted) => roleClosure([role], realm).has(wanted)));
  });
  if (!gated)
    findings.add(
      'BLUEPRINT_AWS_CANNOT_CHECK_ROLES',
      pathOf(route, 'roles'),
      'AWS cannot check roles, so this route would be open to everyone with the scope',
      {
        expected: `a scope that realm.scopes grants to ${route.roles.join(' or ')} only`,
        hint: 'state roles on the scope in realm.scopes, or offer the route on kong only: gateways: [kong]',
      },
    );
};

/** How the services of these routes are authenticated, each way once. */
const usedBy = ({ blueprint }: Context, routes: readonly Route[]): readonly Authentication[] => [
  ...new Set(routes.flatMap(({ service }) => blueprint.services[service]?.authentication ?? [])),
];

const checkKong = (context: Context, routes: readonly Route[]): void => {
  const { blueprint, findings } = context;
  const { authorization, realm, targets } = blueprint;
  const used = usedBy(context, routes.filter((route) => !route.public));
  if (!targets.kong || used.length === 0) return;
  for (const { path } of used.filter(({ pattern }) => pattern === 'aws'))
    findings.add('BLUEPRINT_KONG_PATTERN', [...path.split('.'), 'pattern'], 'the pattern aws protects nothing behind kong', {
      hint: 'use the pattern sso: it serves both gateways',
    });
  if (kongAsks(blueprint))
    for (const { path } of used.filter(({ pattern }) => pattern === 'jwt'))
      findings.add('BLUEPRINT_KONG_PATTERN', [...path.split('.'), 'pattern'], 'Kong cannot ask OPA about a token that nobody has verified yet', {
        expected: `a pattern in which Kong verifies: ${authorization.pattern} asks there`,
        hint: 'use authorization.pattern decentralised, or authenticate by sso or opaque',
      });
  if (used.some(({ pattern }) => pattern === 'sso') && targets.kong.edition === 'oss' && !followsKeys(blueprint) && realm.tokens.algorithm.startsWith('PS'))
    findings.add(
      'BLUEPRINT_KONG_ALGORITHM',
      ['realm', 'tokens', 'algorithm'],
      `the jwt plugin of open-source Kong answers 500 to a valid ${realm.tokens.algorithm} token unless the key has exactly 2048 bits`,
      { expected: 'RS256, RS384, RS512, ES256, ES384, ES512 or EdDSA, or targets.kong.keys: followed' },
    );
  if (followsKeys(blueprint) && used.some(({ pattern }) => pattern !== 'jwt' && pattern !== 'aws')) checkFollowed(context, targets.kong);
};

/** Whoever can give other keys can let anybody in: they come from a stated place, over TLS. */
const checkFollowed = ({ blueprint, findings }: Context, kong: NonNullable<Blueprint['targets']['kong']>): void => {
  const { foreign, targets } = blueprint;
  const path = ['targets', 'kong', 'keys'];
  if (foreign && foreign.jwksUri === undefined)
    findings.add('BLUEPRINT_KONG_KEYS', path, 'Kong is told one address of the keys, and that of this issuer is not stated', {
      expected: 'issuer.jwksUri',
      hint: 'it is the jwks_uri of the discovery document; what is stated is held against that before the first write',
    });
  const address = keySetOf(blueprint);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // That of an issuer that is not ours is looked at where it is stated.
  if (!foreign && url?.protocol === 'http:' && !isLoopback(url) && !(targets.keycloak?.backchannel !== undefined && targets.keycloak.insecure))
    findings.add('BLUEPRINT_INSECURE', path, 'Kong would fetch keys over plain http from another machine: whoever is on the way could give keys of his own', {
      expected: 'an https URL in targets.keycloak.backchannel, or in url',
      hint: 'where the network between is yours alone, say so with "insecure: true" beside a backchannel',
    });
  const followed = followedTimes(kong);
  const bounds = { refresh: [5, 86_400], coolDown: [1, 3600], stale: [0, 86_400] } as const;
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const stated = followed[name as keyof typeof bounds];
    if (stated < least || stated > most)
      findings.add('BLUEPRINT_KONG_KEYS', ['targets', 'kong', 'followed', name], `${name} must be between ${least} and ${most} seconds`, { expected: `${least}s to ${most}s` });
  }
  if (followed.coolDown > followed.refresh)
    findings.add('BLUEPRINT_KONG_KEYS', ['targets', 'kong', 'followed', 'coolDown'], 'the cool-down is longer than keys are kept: they could not be fetched when they are old', { expected: 'coolDown of at most refresh' });
};

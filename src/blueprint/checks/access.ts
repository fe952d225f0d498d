import { suggestion } from '../nearest.ts';
import { isUnder, packageOf, rootOf } from '../rego.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Authentication } from '../types.ts';
import { hasPolicy, kongAsks, servicesDecide } from '../../access/decides.ts';
import { checkOrigin } from './addresses.ts';
import { authenticationsOf } from './context.ts';
import type { Context } from './context.ts';
import { checkExistingBundle } from './existing-bundle.ts';
import { pathOf } from './route-place.ts';

/** Where a page hands its token over (POST) and signs out (DELETE), when the gateway sets the cookie. */
export const SESSION_PATH = '/session';
/** `regex_priority` of the routes of Kong where people sign in: of a session service, and of the gateway itself. */
export const DOOR_PRIORITY = { service: 100, gateway: 10 } as const;

export const checkAccess = (context: Context): void => {
  const { blueprint, root, findings } = context;
  if (Object.keys(blueprint.services).length > 0 && !nodeAt(root, ['authentication']))
    findings.add('BLUEPRINT_MISSING_KEY', ['authentication'], 'the blueprint must state "authentication"', { side: 'key', expected: 'how the requests to its services are authenticated, such as { pattern: sso, client: storefront }' });
  for (const { authentication, path } of authenticationsOf(context)) {
    checkAuthentication(context, authentication, path);
    checkCookie(context, authentication, path);
    checkStorage(context, authentication, path);
  }
  checkCookieRoutes(context);
  checkAuthorization(context);
};

const checkAuthentication = (context: Context, { client: id, origins, pattern }: Authentication, section: Path): void => {
  const { blueprint, root, findings } = context;
  const path = [...section, 'client'];
  const { clients } = blueprint.realm;
  if (nodeAt(root, [...section, 'origins']))
    origins.forEach((origin, index) => checkOrigin(context, [...section, 'origins', String(index)], origin));
  if (!findings.sound(path) || !findings.sound(['realm', 'clients'])) return;
  const client = Object.hasOwn(clients, id) ? clients[id] : undefined;
  if (!client)
    findings.add('BLUEPRINT_UNKNOWN_CLIENT', path, `there is no client "${id}"`, {
      expected: 'a client of realm.clients that people sign in with',
      hint: suggestion(id, Object.keys(clients)),
    });
  else if (client.type === 'service')
    findings.add('BLUEPRINT_CLIENT', path, `"${id}" is a service: nobody signs in with it`, {
      expected: 'a public or confidential client',
    });
  else if (pattern === 'session' && client.type !== 'confidential')
    findings.add('BLUEPRINT_CLIENT', path, `the session service keeps the tokens, so "${id}" must be a confidential client`, {
      hint: `state "type: confidential" and a secret on realm.clients.${id}`,
    });
};

/** RFC 6265bis section 4.1.3: only the prefixes make a browser refuse a cookie that another host or plain http planted. */
const checkCookie = ({ blueprint, root, findings }: Context, { client, origins, token }: Authentication, section: Path): void => {
  const path = [...section, 'token', 'cookie'];
  const places = nodeAt(root, [...section, 'token', 'in']);
  const inCookie = places?.kind === 'list' && places.items.some((item) => item.kind === 'scalar' && item.value === 'cookie');
  const stated = nodeAt(root, path);
  if (inCookie && !stated)
    findings.add('BLUEPRINT_COOKIE', path, 'the token may come in a cookie, but the cookie has no name', {
      expected: `cookie: __Host-${blueprint.name}`,
    });
  if (!inCookie && stated)
    findings.add('BLUEPRINT_COOKIE', path, 'a cookie is named, but no verifier looks there', { hint: 'in: [header, cookie]' });
  if (token.cookie === undefined) return;
  if (!/^__(Host|Secure)-/.test(token.cookie))
    findings.add('BLUEPRINT_COOKIE', path, 'any host of the domain, and plain http, can plant a cookie of this name', {
      expected: 'a name that begins with __Host- or __Secure-',
      hint: `did you mean "__Host-${token.cookie}"?`,
    });
  // The origins come from the client unless they are stated.
  if (origins.length === 0 && findings.sound([...section, 'client']) && findings.clean(['realm', 'clients', client]))
    findings.add(
      'BLUEPRINT_COOKIE',
      [...section, 'origins'],
      'a cookie is sent by every site: without origins, no unsafe request could be told from a forged one',
      {
        expected: 'origins: ["https://shop.example"], or web origins on the client',
      },
    );
};

/** A page's token must be where a verifier looks. */
const checkStorage = ({ blueprint, root, findings }: Context, { pattern, token }: Authentication, section: Path): void => {
  const path = [...section, 'token', 'storage'];
  if (!nodeAt(root, path) || token.storage === undefined) return;
  const wrong = (message: string, expected: string): void => findings.add('BLUEPRINT_STORAGE', path, message, { expected });
  const inCookie = token.storage === 'gateway-cookie' || token.storage === 'script-cookie';
  if (pattern === 'session') wrong('with the pattern session the page has no token to keep', 'no storage');
  else if (token.storage === 'gateway-cookie' && pattern !== 'sso')
    wrong(`the gateway sets no cookie with the pattern ${pattern}`, 'script-cookie, sessionStorage or localStorage');
  else if (inCookie && token.cookie === undefined)
    wrong('the token is to be kept in a cookie, but no verifier looks in one', `in: [header, cookie] and cookie: __Host-${blueprint.name}`);
  else if (!inCookie && !token.header)
    wrong('a token in the storage of the page goes into the Authorization header, and no verifier looks there', 'in: [header]');
};

/** The gateway sets one cookie, at one path, and that path must be free. */
const checkCookieRoutes = (context: Context): void => {
  const { blueprint, findings } = context;
  const [first, ...others] = authenticationsOf(context).filter(({ authentication }) => authentication.token.storage === 'gateway-cookie');
  if (!first) return;
  for (const { authentication, path } of others)
    if (authentication.client !== first.authentication.client || authentication.token.cookie !== first.authentication.token.cookie)
      findings.add('BLUEPRINT_STORAGE', [...path, 'token', 'cookie'], 'the gateway sets one cookie for one client, and another section asks for it first', {
        expected: `the client and the cookie of ${first.path.join('.')}, or another token.storage`,
      });
  for (const route of Object.values(blueprint.services).flatMap(({ routes }) => routes))
    if (route.path === SESSION_PATH && route.methods.some((method) => method === 'POST' || method === 'DELETE') && route.gateways.includes('kong'))
      findings.add('BLUEPRINT_STORAGE', pathOf(route, 'match'), `the gateway itself answers ${route.methods.filter((method) => method === 'POST' || method === 'DELETE').join(' and ')} ${SESSION_PATH}`, {
        expected: 'another path, or another authentication.token.storage',
        hint: 'there it sets the cookie of whoever signs in',
      });
};

const checkAuthorization = (context: Context): void => {
  const { blueprint, findings } = context;
  const { pattern, policy, bundle, decision, policyFiles, answer, input, fields, roots } = blueprint.authorization;
  checkFields(context);
  if (!hasPolicy(blueprint)) {
    const [changed, root] = [input === 'authctl' ? undefined : input, roots[0]];
    for (const service of Object.values(blueprint.services))
      if (service.decision !== undefined)
        findings.add('BLUEPRINT_POLICY', ['services', service.id, 'decision'], 'this is not used: the pattern of authorization is none', {
          hint: 'state the pattern, or remove it',
        });
    for (const [field, value] of Object.entries({ policy, bundle, decision, answer, input: changed, roots: root, fields: Object.keys(fields)[0] }))
      if (value !== undefined)
        findings.add('BLUEPRINT_POLICY', ['authorization', field], 'this is not used: the pattern is none', {
          hint: 'state the pattern, or remove it',
        });
    return;
  }
  if (bundle) checkExistingBundle(context, bundle);
  else if (policy === undefined)
    findings.add('BLUEPRINT_POLICY', ['authorization', 'policy'], `the pattern ${pattern} needs a policy directory`, {
      expected: 'policy: ../policies/shop, or "bundle" for one that somebody else publishes',
    });
  if (decision === undefined)
    findings.add('BLUEPRINT_POLICY', ['authorization', 'decision'], `the pattern ${pattern} needs a decision`, {
      expected: 'decision: shop/authz',
    });
  if (!blueprint.targets.opa && findings.sound(['targets', 'opa']))
    findings.add('BLUEPRINT_TARGET_MISSING', ['authorization', 'pattern'], 'targets states no opa', { hint: 'add targets.opa' });
  if (kongAsks(blueprint) && blueprint.targets.opa?.servers.length === 0 && findings.sound(['targets', 'opa', 'servers']))
    findings.add('BLUEPRINT_TARGET_MISSING', ['targets', 'opa', 'servers'], `with the pattern ${pattern} the gateway asks an OPA, and there is none`, {
      expected: 'servers: ["${OPA_URL}"]',
    });
  if (servicesDecide(blueprint))
    for (const service of Object.values(blueprint.services))
      if (service.status === undefined && findings.sound(['services', service.id, 'status']))
        findings.add('BLUEPRINT_SERVICE_STATUS', ['services', service.id], `nobody could tell which policy "${service.id}" decides by`, {
          side: 'key',
          expected: `status: the URL where it tells the status of its decider (docs/service.md)`,
        });
  if (servicesDecide(blueprint))
    for (const { token, path } of new Set(Object.values(blueprint.services).map((service) => service.authentication)))
      if (token.relay === 'none')
        findings.add('BLUEPRINT_RELAY', [...path.split('.'), 'token', 'relay'], 'the services decide about a token that would never reach them', {
          expected: 'relay: header',
        });
  if (!findings.sound(['authorization', 'policy']) || Object.keys(policyFiles).length === 0) return;
  checkPackages(context);
};

/** Names for the policy's input go with the one shape that is made of them, and no name is both a value and a mapping. */
const checkFields = ({ blueprint, findings }: Context): void => {
  const { input, fields } = blueprint.authorization;
  const names = Object.keys(fields);
  if (input === 'mapping' && names.length === 0 && findings.sound(['authorization', 'fields']))
    findings.add('BLUEPRINT_POLICY', ['authorization', 'input'], 'the policy would be asked nothing: there are no fields', {
      expected: 'fields: { user: token.preferred_username, method: request.method }',
    });
  if (input !== 'mapping' && names.length > 0)
    findings.add('BLUEPRINT_POLICY', ['authorization', 'fields'], `this is not used: the input is ${input}`, { hint: 'state "input: mapping"' });
  for (const name of names)
    if (names.some((other) => other.startsWith(`${name}.`)))
      findings.add('BLUEPRINT_POLICY', ['authorization', 'fields', name], `"${name}" cannot be a value and hold others`, { side: 'key', expected: 'another name' });
};

const checkPackages = ({ blueprint, findings }: Context): void => {
  const { policyFiles, roots: more, decision } = blueprint.authorization;
  const root = rootOf(blueprint.name);
  const roots = [root, ...more];
  for (const [at, one] of more.entries())
    if (roots.some((other, place) => place !== at + 1 && (isUnder([other], one) || isUnder([one], other))))
      findings.add('BLUEPRINT_POLICY', ['authorization', 'roots', String(at)], `"${one}" and another root are one below the other`, {
        expected: `roots beside "${root}" and each other`,
      });
  const packages = Object.entries(policyFiles)
    .filter(([file]) => file.endsWith('.rego'))
    .map(([file, text]) => ({ file, text, name: packageOf(text) ?? '' }));
  const stray = packages.find(({ name }) => !isUnder(roots, name));
  if (stray)
    findings.add('BLUEPRINT_POLICY', ['authorization', 'policy'], `"${stray.file}" is in the package "${stray.name.replaceAll('/', '.')}"`, {
      expected: `packages under ${roots.map((one) => `"${one.replaceAll('/', '.')}"`).join(' or ')}: the bundle owns that and nothing else`,
      hint: `state it as a root of the blueprint's own: authorization.roots: [${stray.name === '' ? 'envoy/authz' : stray.name}]`,
    });
  const asked = [
    [decision, ['authorization', 'decision']] as const,
    ...Object.values(blueprint.services).map((service) => [service.decision, ['services', service.id, 'decision']] as const),
  ];
  for (const [wanted, place] of asked) {
    const rule = wanted === undefined ? null : /^(.+)\/(\w+)$/.exec(wanted);
    const isThere = packages.some(
      ({ name, text }) => name === wanted || (rule?.[1] === name && new RegExp(`^(default\\s+)?${rule[2] ?? ''}\\b`, 'm').test(text)),
    );
    if (wanted !== undefined && !isThere)
      findings.add('BLUEPRINT_POLICY', place, `no policy file declares "package ${wanted.replaceAll('/', '.')}"`, {
        hint: suggestion(
          wanted.replaceAll('/', '.'),
          packages.map(({ name }) => name.replaceAll('/', '.')),
        ),
      });
  }
};

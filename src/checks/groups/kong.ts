import { followsKeys, keySetOf } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { isFixtureKey } from '../../core/fixture.ts';
import type { Spec } from '../../core/resource.ts';
import { kongAsks, kongVerifies } from '../../access/index.ts';
import { kong as specs } from '../../providers/kong/specs/index.ts';
import type { PluginSpec } from '../../providers/kong/specs/index.ts';
import type { PluginConfig } from '../../providers/kong/specs/plugin-config.ts';
import { issuerName, kongName } from '../../providers/kong/specs/marks.ts';
import { furtherIn, takenBy, takenOtherwise } from '../../providers/kong/specs/further.ts';
import { boundConfig } from '../../patterns/bound.ts';
import { foreignTokens, furtherIssuers } from '../../patterns/kong/guards.ts';
import { trustedConsumer } from '../../patterns/kong/issuer.ts';
import { routeName } from '../../patterns/objects.ts';
import type { Check, PlainSubject, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { askForKeys, keysIn } from '../kit/issuer-keys.ts';
import type { Kit } from '../kit/index.ts';
import { behindKong, protectedRoutes } from '../refuses.ts';

/** The configuration of `plugin` in force on a route: its own, else its service's, else the global one (Kong's precedence). */
const inForce = async (kit: Kit, plugin: string, subject: RouteSubject): Promise<Spec | undefined> => {
  const name = routeName(kit.blueprint, subject.route);
  const [plugins, routes] = await Promise.all([kit.live(specs.plugin.kind), kit.live(specs.route.kind)]);
  const route = routes.filter(specs.route.is).find(({ id }) => id === name);
  if (!route) return undefined;
  const service = route.spec.service?.name;
  const of = (wanted: (spec: PluginSpec) => boolean): PluginSpec | undefined =>
    plugins.filter(specs.plugin.is).map(({ spec }) => spec).find((spec) => spec.name === plugin && spec.enabled !== false && wanted(spec));
  return (
    of((spec) => spec.route?.name === name) ??
    of((spec) => spec.route == null && service != null && spec.service?.name === service) ??
    of((spec) => spec.route == null && spec.service == null)
  );
};

/** On Kong Enterprise `openid-connect` stands in the place of them all, and is attacked like them. */
const verifiedRoutes = (blueprint: Blueprint): readonly RouteSubject[] =>
  blueprint.targets.kong?.edition === 'enterprise' ? [] : behindKong(protectedRoutes)(blueprint).filter(({ service }) => kongVerifies(service));
/** Those on which a jwt plugin stands; a guard that follows keys needs none. */
const pinnedRoutes = (blueprint: Blueprint): readonly RouteSubject[] => (followsKeys(blueprint) ? [] : verifiedRoutes(blueprint));

/** A service of Kong with protected routes. */
interface ServiceSubject extends PlainSubject {
  readonly service: string;
}
const verifiedServices = (blueprint: Blueprint): readonly ServiceSubject[] =>
  [...new Set(verifiedRoutes(blueprint).map(({ service }) => service))].map((service) => ({ service: kongName(blueprint, service.id), name: `kong service ${kongName(blueprint, service.id)}`, origin: service.at, of: 'kong' }));

/** A check on what `plugin` says that is in force on each of the routes. */
export const configured = (
  id: string,
  claim: string,
  plugin: string,
  source: string,
  wrong: (config: Spec, subject: RouteSubject, kit: Kit) => string | undefined,
  subjects = verifiedRoutes,
): Check => defineCheck<RouteSubject>({
  id,
  claim,
  severity: 'critical',
  source,
  needs: ['kong'],
  demandsOurs: 'kong',
  readsConfiguration: true,
  subjects,
  run: async (subject, kit) => {
    const found = await inForce(kit, plugin, subject);
    const evidence = [{ request: `read the plugins in force on ${subject.service.id}.${subject.route.id}` }];
    if (!found) return { status: 'failed', why: `no enabled ${plugin} plugin is in force on the route`, hint: 'authctl apply puts it back', evidence };
    const why = wrong((found.config ?? {}) as Spec, subject, kit);
    return why === undefined ? { status: 'passed', evidence } : { status: 'failed', why, hint: 'authctl apply puts it right', evidence };
  },
});

/** Some service stands behind a Kong that verifies: then Kong holds the issuer's keys. */
const holdsKeys = (blueprint: Blueprint): boolean =>
  blueprint.targets.kong !== undefined && blueprint.targets.kong.edition !== 'enterprise' && !followsKeys(blueprint) && Object.values(blueprint.services).some(kongVerifies);
const includes = (list: unknown, item: string): boolean => Array.isArray(list) && list.includes(item);

/** Whom a guard takes besides, otherwise than the blueprint says: each issuer by its own keys, for its own audience or clients, and by its own kind of token. */
const furtherTaken = (live: Spec, stated: PluginConfig<'authctl-token-guard'>): string | undefined => {
  const [found, wanted] = [furtherIn(live), furtherIn(stated)];
  for (const { issuer, keys, ...taken } of found) {
    const one = wanted.find((other) => other.issuer === issuer);
    if (one === undefined) return `the guard takes tokens of ${issuer} as well`;
    if (one.keys !== keys) return `the guard takes the keys at ${keys} for ${issuer}`;
    const otherwise = takenOtherwise(taken, one);
    if (otherwise !== undefined) return `the guard takes tokens of ${issuer} ${otherwise}`;
  }
  const missing = wanted.find(({ issuer }) => !found.some((one) => one.issuer === issuer));
  return missing && `the guard takes no token of ${missing.issuer}`;
};

/** A list in any order, or the one text. */
const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String).toSorted() : [String(value)]);

/** What tokens must be bound to, and where the proof of it is believed, otherwise than the blueprint says. Which other place is believed nobody could guess. */
const boundOtherwise = (live: Spec, stated: PluginConfig<'authctl-token-guard'>): string | undefined => {
  const { bound, dpop_origins: origins, certificate_from: from, certificate_header: header, certificate_format: format, certificate_proxies: proxies } = stated;
  const wanted = { bound, ...(bound === 'dpop' && { dpop_origins: origins }), ...(bound === 'mtls' && { certificate_from: from, ...(from === 'header' && { certificate_header: header, certificate_format: format, certificate_proxies: proxies }) }) };
  const [field, value] = Object.entries(wanted).find(([name, stated]) => textsOf(live[name] ?? (name === 'bound' ? 'none' : undefined)).join() !== textsOf(stated).join()) ?? [];
  return field && `the guard has ${field}: ${textsOf(live[field]).join(' and ')}, the blueprint ${textsOf(value).join(' and ')}`;
};

/** What the live configuration of Kong alone can prove: the links of the chain that defence in depth would otherwise hide. */
export const kong: readonly Check[] = [
  configured('KONG-01', 'the jwt plugin is in force on every protected route', 'jwt', 'Kong documentation, jwt plugin', (config) =>
    config.anonymous != null ? 'config.anonymous lets bad tokens in' : config.key_claim_name === 'kid' ? undefined : 'keys are not chosen by kid',
    pinnedRoutes,
  ),
  configured('KONG-02', 'the token guard is in force on every protected route and pins issuer, audience and what tokens are bound to', 'authctl-token-guard', 'RFC 8725 sections 3.8 and 3.9; RFC 9449 section 4.3; RFC 8705 section 3', (config, { service }, kit) => {
    if (config.public === true) return 'the guard is in public mode';
    const follows = followsKeys(kit.blueprint);
    if (config.keys === 'followed' && !(follows && config.jwks_url === keySetOf(kit.blueprint))) return `the guard takes the keys at ${String(config.jwks_url)}`;
    if (follows && config.keys !== 'followed') return 'the guard verifies no signature';
    if (config.issuer !== kit.blueprint.issuer) return `the guard pins the issuer ${String(config.issuer)}`;
    const wrong = furtherTaken(config, furtherIssuers(kit.blueprint, service));
    if (wrong !== undefined) return wrong;
    if (config.audience !== service.audience) return `the guard pins the audience ${String(config.audience)}`;
    const unbound = boundOtherwise(config, boundConfig(kit.blueprint, service.authentication));
    if (unbound !== undefined) return unbound;
    if (kit.blueprint.foreign === undefined) return undefined;
    // Whose tokens of other clients, or of another kind, nobody has to try.
    const otherwise = takenOtherwise(takenBy(config), takenBy({ audience: service.audience, ...foreignTokens(kit.blueprint, service.audiences) }));
    return otherwise && `the guard takes tokens ${otherwise}`;
  }),
  configured('KONG-03', 'the jwt plugin verifies exp', 'jwt', 'RFC 7519 section 4.1.4; Kong documentation, claims_to_verify', (config) => {
    return includes(config.claims_to_verify, 'exp') ? undefined : 'claims_to_verify lacks exp';
  }, pinnedRoutes),
  configured('KONG-04', "the scope guard demands the route's scopes and roles, of tokens that our keys have verified", 'authctl-scope-guard', 'RFC 6750 section 3.1', (config, { route }, { blueprint }) => {
    // What stands on the service for routes that have none of their own.
    if (config.deny_all === true) return 'the scope guard refuses everybody: that of the route is off, or gone';
    const missing = route.scopes.filter((scope) => !includes(config.scopes, scope));
    if (missing.length > 0) return `the scope guard does not demand ${missing.join(', ')}`;
    if ((config.consumer_username ?? null) !== trustedConsumer(blueprint)) return `the scope guard takes tokens of ${String(config.consumer_username ?? 'any consumer')}`;
    // Where a policy is asked it judges the roles.
    return kongAsks(blueprint) || route.roles.length === 0 || route.roles.some((role) => includes(config.roles, role)) ? undefined : `the scope guard does not demand ${route.roles.join(' or ')}`;
  }),
  defineCheck<ServiceSubject>({
    id: 'KONG-06',
    claim: 'a protected service refuses whatever comes by a route that has opened nothing: its own scope guard is on, and refuses everybody',
    severity: 'high',
    source: 'OWASP API5:2023, deny all access by default; Kong documentation, plugin precedence',
    needs: ['kong'],
    demandsOurs: 'kong',
    readsConfiguration: true,
    subjects: verifiedServices,
    run: async ({ service, name }, kit) => {
      const guard = (await kit.live(specs.plugin.kind)).filter(specs.plugin.is).map(({ spec }) => spec)
        .find((spec) => spec.name === 'authctl-scope-guard' && spec.service?.name === service && spec.route == null && spec.consumer == null);
      const evidence = [{ request: `read the scope guard of ${name}` }];
      if (guard?.config?.deny_all === true && guard.enabled !== false) return { status: 'passed', evidence };
      const why = guard === undefined ? 'is gone' : guard.enabled === false ? 'is off' : 'does not refuse everybody';
      return { status: 'failed', why: `the scope guard of the service ${why}: a route that somebody puts on it, or one whose own guard goes, demands nothing`, hint: 'authctl apply puts it back', evidence };
    },
  }),
  defineCheck({
    id: 'KONG-05',
    claim: "every key Kong trusts for the issuer is one the issuer publishes, and every published one is trusted",
    severity: 'critical',
    source: 'OpenID Connect Core section 10.1.1; RFC 8725 section 3.8',
    needs: ['kong'],
    demandsOurs: 'kong',
    subjects: (blueprint) => (holdsKeys(blueprint) ? [{ name: 'kong credentials', origin: blueprint.at('realm'), of: 'kong' }] : []),
    run: async (_subject, kit) => {
      const { blueprint } = kit;
      const answer = await askForKeys(kit);
      const evidence = [{ request: 'GET the published keys', status: answer.status }];
      const keys = keysIn(answer) as readonly { readonly kid: string; readonly use?: string; readonly alg?: string }[] | undefined;
      if (keys === undefined) return { status: 'inconclusive', why: 'the issuer did not give its keys', evidence };
      // Of this run or one beside it.
      const fixtures = keys.filter(isFixtureKey).map(({ kid }) => kid);
      const own = (kid: string): boolean => kid !== kit.harness?.kid && !fixtures.includes(kid);
      const published = keys.filter(({ use, alg }) => (use ?? 'sig') === 'sig' && (alg ?? blueprint.realm.tokens.algorithm) === blueprint.realm.tokens.algorithm).map(({ kid }) => kid).filter(own);
      const prefix = `${issuerName(blueprint)}/`;
      const trusted = (await kit.live(specs.jwtSecret.kind)).filter(({ id }) => id.startsWith(prefix)).map(({ id }) => id.slice(prefix.length)).filter(own);
      const unknown = trusted.filter((kid) => !published.includes(kid));
      const missing = published.filter((kid) => !trusted.includes(kid));
      if (unknown.length + missing.length === 0) return { status: 'passed', evidence };
      const why = [unknown.length > 0 ? `Kong trusts ${unknown.length} key(s) the issuer does not publish` : '', missing.length > 0 ? `Kong lacks ${missing.length} published key(s)` : '']
        .filter((part) => part !== '')
        .join('; ');
      return { status: 'failed', why, hint: 'authctl apply brings the keys over; run it after every rotation', evidence };
    },
  }),
];

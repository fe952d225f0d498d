import { textsOf } from '../../../core/json.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Desired, Door, Effect } from '../../../core/resource.ts';
import { mayBeOne } from '../../address.ts';
import { kong } from '../specs/index.ts';
import type { RouteSpec } from '../specs/index.ts';
import { isPlugin } from '../specs/plugin-config.ts';
import type { CommunityGuard } from './community.ts';
import type { Finding, Gateway } from './gateway.ts';
import { asksAll, issuersOf as issuersOfOidc } from './oidc.ts';
import { referenceOf } from './objects.ts';
import type { LivePlugin } from './objects.ts';
import { doingOf, isKnown } from './plugin-effects.ts';
import { inWords, isOfGrpc, requestsOf } from './requests.ts';
import { inOrder, rulesOf, winnerOf } from './router.ts';
import { isNeverMet, met, pluginsOn, waysTo } from './ways.ts';
import type { Way } from './ways.ts';

interface Stated {
  /** `orders.list` */
  readonly name: string;
  readonly desired: Desired & { readonly spec: RouteSpec };
  readonly isPublic: boolean;
  /** `GET /orders` */
  readonly request: string;
  readonly door: Door;
  readonly way: Way | undefined;
}

/** A gateway that others keep: which of their routes takes what the blueprint is about, and who gets through there. */
export const lookedAt = (gateway: Gateway): { readonly findings: readonly Finding[]; readonly doors: readonly Door[] } => {
  const ways = waysTo(gateway);
  const stated = statedIn(gateway, ways);
  return {
    doors: stated.map(({ door }) => door),
    findings: [...ways.flatMap((way) => wayFinding(gateway, way, stated.filter((one) => one.way === way)) ?? []), ...closed(stated), ...strangers(gateway, ways), ...guests(gateway, ways)],
  };
};

const HINT = 'change it with the tool that keeps this Kong, or accept it';

const statedIn = (gateway: Gateway, ways: readonly Way[]): readonly Stated[] => {
  const ladder = inOrder(gateway.routes.flatMap(rulesOf));
  const publicServices = publicIn(gateway);
  const trusts = trustsIssuer(gateway);
  return [...gateway.wanted.values()].filter(kong.route.is).filter(({ fields }) => fields === undefined).flatMap((desired): readonly Stated[] => {
    const [first] = requestsOf({ kind: kong.route.kind, id: desired.id, spec: desired.spec, owner: undefined }, gateway.hosts);
    if (first === undefined) return [];
    // A preflight is nobody's request.
    const request = { ...first, method: isOfGrpc(desired) ? first.method : (textsOf(desired.spec.methods).find((method) => !['OPTIONS', 'HEAD'].includes(method)) ?? first.method) };
    const winner = winnerOf(ladder, request)?.route;
    const place = endpointsOfRoute(gateway, desired);
    const way = ways.find(({ route, service }) => route === winner && mayBeOne(gateway.endpoints(service.spec), place, gateway.local));
    const name = desired.id.slice(gateway.name.length + 1);
    const isPublic = desired.spec.service != null && publicServices.has(referenceOf(desired.spec.service));
    const lets = way === undefined ? 'nobody' : letsIn(gateway, way, { desired, isPublic, trusts });
    const { scopes, roles } = way?.barrier.community ?? {};
    const door: Door = { gateway: 'kong', route: name, ...(way && { by: addressOf(way.route) }), lets, ...(lets === 'bearers' && scopes && roles && { asks: { scopes, roles } }) };
    return [{ name, desired, isPublic, request: inWords(request, gateway.hosts, desired), door, way }];
  });
};

const endpointsOfRoute = (gateway: Gateway, { spec }: { readonly spec: RouteSpec }): readonly string[] => {
  const service = spec.service == null ? undefined : gateway.wanted.get(kong.service.address(referenceOf(spec.service)));
  return service && kong.service.is(service) ? gateway.endpoints(service.spec) : [];
};

/** Services of the blueprint on which nobody has to show anything. */
const publicIn = (gateway: Gateway): ReadonlySet<string> => {
  const plugins = [...gateway.wanted.values()].filter(kong.plugin.is);
  const asks = new Set(plugins.filter((plugin) => !(isPlugin('authctl-token-guard', plugin) && plugin.spec.config.public === true) && ['jwt', 'openid-connect', 'authctl-session', 'authctl-phantom-token', 'authctl-token-guard'].includes(plugin.spec.name)).flatMap(({ spec }) => (spec.service == null ? [] : [referenceOf(spec.service)])));
  return new Set([...gateway.wanted.values()].filter(kong.service.is).map(({ id }) => id).filter((id) => !asks.has(id)));
};

const issuersOf = (gateway: Gateway): ReadonlySet<string> =>
  new Set(
    [...gateway.wanted.values()].filter(kong.plugin.is).flatMap((plugin) => {
      if (isPlugin('openid-connect', plugin)) return issuersOfOidc(plugin.spec.config);
      return isPlugin('authctl-token-guard', plugin) && plugin.spec.config.issuer != null ? [plugin.spec.config.issuer] : [];
    }),
  );

/** Kong holds a key under the issuer's name, or one of those that it publishes: its tokens are taken at all. */
const trustsIssuer = (gateway: Gateway): boolean => {
  const names = new Set([...issuersOf(gateway), ...[...gateway.wanted.values()].filter(kong.jwtSecret.is).map(({ spec }) => String(spec.key))]);
  return gateway.live.filter(kong.jwtSecret.is).some(({ spec }) => names.has(String(spec.key)));
};

/** What openid-connect asks for there lets nobody in who could not by the blueprint; what the others ask for is told field by field. */
const asStated = (gateway: Gateway, { barrier: { asked } }: Way, { id, spec }: Stated['desired']): boolean => {
  if (asked === undefined) return true;
  const service = spec.service == null ? undefined : referenceOf(spec.service);
  const ofRoute = [...gateway.wanted.values()].filter(kong.plugin.is).filter((plugin) => plugin.spec.route != null && referenceOf(plugin.spec.route) === id);
  const plugins = [...ofRoute, ...[...gateway.wanted.values()].filter(kong.plugin.is).filter((plugin) => plugin.spec.route == null && plugin.spec.service != null && referenceOf(plugin.spec.service) === service)];
  for (const plugin of plugins) {
    if (isPlugin('openid-connect', plugin)) return asksAll(asked, { scopes: textsOf(plugin.spec.config.scopes_required).flatMap((one) => one.split(' ')), roles: textsOf(plugin.spec.config.roles_required) });
    if (isPlugin('authctl-scope-guard', plugin)) return asksAll(asked, { scopes: textsOf(plugin.spec.config.scopes), roles: textsOf(plugin.spec.config.roles) });
  }
  return true;
};

interface Asking {
  readonly desired: Stated['desired'];
  readonly isPublic: boolean;
  readonly trusts: boolean;
}

const letsIn = (gateway: Gateway, way: Way, { desired, isPublic, trusts }: Asking): Door['lets'] => {
  const { barrier } = way;
  if (barrier.is === 'closed') return 'nobody';
  if (barrier.is === 'same') return asStated(gateway, way, desired) ? 'stated' : 'audience';
  if (barrier.is === 'thin') return 'audience';
  const [stranger] = unknownAt(gateway, way);
  if (barrier.is === 'nothing') return stranger && !isPublic ? 'unknown' : 'anybody';
  if (stranger) return 'unknown';
  if (barrier.community) return throughCommunity(gateway, barrier.community, desired);
  if (isJwt(gateway, way)) return trusts ? 'bearers' : 'nobody';
  const oidc = inForceAt(gateway, way).find((plugin) => isPlugin('openid-connect', plugin));
  const own = new Set([...issuersOf(gateway)].map((issuer) => issuer.replace(/\/$/, '')));
  return oidc && isPlugin('openid-connect', oidc) && issuersOfOidc(oidc.spec.config).some((issuer) => own.has(issuer)) ? 'bearers' : 'nobody';
};

/** Who of those whom the blueprint knows gets past a guard of the community. What it asks for beside their scopes and roles is not known here. */
const throughCommunity = (gateway: Gateway, { takes, audiences, more, past }: CommunityGuard, { spec }: Stated['desired']): Door['lets'] => {
  if (past.some(({ whom }) => whom === 'anybody')) return 'anybody';
  const taken = [...issuersOf(gateway)].map(takes);
  if (taken.includes(undefined) || past.some(({ whom }) => whom === 'some')) return 'unknown';
  if (!taken.includes(true)) return 'nobody';
  if (more) return 'unknown';
  if (audiences.length === 0) return 'bearers';
  const service = spec.service == null ? undefined : referenceOf(spec.service);
  const wanted = [...gateway.wanted.values()].filter(kong.plugin.is).flatMap((plugin) => (isPlugin('authctl-token-guard', plugin) && plugin.spec.service != null && referenceOf(plugin.spec.service) === service ? [plugin.spec.config.audience] : []));
  return wanted.some((one) => one != null && audiences.includes(one)) ? 'audience' : 'unknown';
};

const inForceAt = ({ inForce }: Gateway, { route }: Pick<Way, 'route'>): readonly LivePlugin[] =>
  inForce.allAt({ route: route.id, service: route.spec.service == null ? undefined : referenceOf(route.spec.service) }).filter(({ spec }) => spec.enabled !== false);
const jwtAt = (gateway: Gateway, way: Way) => inForceAt(gateway, way).flatMap((plugin) => (isPlugin('jwt', plugin) && (plugin.spec.config.anonymous ?? null) === null ? [plugin.spec.config] : []))[0];
const isJwt = (gateway: Gateway, way: Way): boolean => jwtAt(gateway, way) !== undefined;
const unknownAt = (gateway: Gateway, way: Way): readonly LivePlugin[] => inForceAt(gateway, way).filter(({ spec }) => !isKnown(spec.name) && !spec.name.startsWith('authctl-'));

/** What one of their routes lets through beyond what the blueprint says of the requests that it takes. */
const wayFinding = (gateway: Gateway, way: Way, takes: readonly Stated[]): Finding | undefined => {
  const { route, service, target, barrier, place } = way;
  if (barrier.is === 'closed' || isNeverMet(route)) return undefined;
  const guarded = takes.filter(({ isPublic }) => !isPublic);
  const wider = guarded.filter(({ desired }) => !asStated(gateway, way, desired));
  if (barrier.is === 'same') {
    if (wider.length === 0) return undefined;
    const { asked } = barrier;
    const words = [...(asked?.scopes.length ? [`scopes ${asked.scopes.join(' or ')}`] : []), ...(asked?.roles.length ? [`roles ${asked.roles.join(' or ')}`] : [])].join(' and ');
    return {
      kind: route.kind, id: route.id, effect: 'weakens', origin: wider[0]?.desired.origin ?? target.service.origin, hint: HINT, seen: [route.spec, gateway.seenService(service), pluginsOn(gateway, route)],
      what: `${wider.map(({ request }) => request).join(', ')} ${wider.length > 1 ? 'reach' : 'reaches'} ${place}, the upstream of ${target.service.id}, with a token for the same audience and ${words}, where the blueprint asks for others`,
    };
  }
  const stranger = unknownAt(gateway, way)[0];
  // What is open to everybody by the blueprint may be.
  if (barrier.is === 'nothing' && takes.length > 0 && guarded.length === 0) return undefined;
  const seen = { kind: route.kind, id: route.id, origin: guarded[0]?.desired.origin ?? target.service.origin, hint: HINT, seen: [route.spec, gateway.seenService(service), pluginsOn(gateway, route)] };
  const what = `${guarded.length > 0 ? guarded.map(({ request }) => request).join(', ') : met(gateway, route)} ${guarded.length > 1 ? 'reach' : 'reaches'} ${place}, the upstream of ${target.service.id},`;
  if (!target.guarded) return barrier.is === 'nothing' ? undefined : { ...seen, effect: 'differs', what: `${what} ${barrier.words}, where the blueprint has the service itself verify` };
  if (stranger && barrier.is !== 'thin') return { ...seen, effect: 'weakens', what: `${what} behind ${stranger.spec.name}${asksFor(stranger)}, of which it is not known here whom it lets through: verify tries it` };
  if (barrier.community) return { ...seen, effect: (wider.length === 0 || barrier.community.more) && guarded.length > 0 && barrier.community.past.length === 0 ? 'weakens' : 'opens', what: `${what} ${barrier.words}` };
  const jwt = jwtAt(gateway, way);
  if (barrier.is === 'other' && jwt) {
    const ended = textsOf(jwt.claims_to_verify).includes('exp') ? '' : ' and even when it has ended,';
    return { ...seen, effect: 'opens', what: `${what} with any token that a key in Kong has signed,${ended} whatever its audience, type, scopes and roles: the bundled jwt looks at none of these` };
  }
  const effect: Effect = barrier.is === 'thin' ? 'weakens' : 'opens';
  return { ...seen, effect, what: `${what} ${barrier.words}` };
};

/** Fields by which plugins say what they ask of a token, whoever wrote them: `allowed_iss` and `scope` of jwt-keycloak, `discovery` of oidc. */
const CONDITION = /^(.*_)?(iss|issuers?|aud|auds|audiences?|scopes?|roles?|claims?_to_verify|discovery|bearer_only|realm)$/;

/** What a plugin that nobody here knows says of itself: ` (allowed_iss: ["https://…"])`. No field that may hold a secret is among these. */
const asksFor = ({ spec }: LivePlugin): string => {
  const said = Object.entries(spec.config ?? {}).filter(([name, value]) => CONDITION.test(name) && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0));
  return said.length === 0 ? '' : ` (${said.map(([name, value]) => `${name}: ${JSON.stringify(value).slice(0, 100)}`).join('; ')})`;
};

/** Routes of the blueprint that nobody gets to, or that ask for something though they are open to everybody. */
function* closed(stated: readonly Stated[]): Generator<Finding> {
  for (const { desired, isPublic, request, door, way } of stated) {
    const seen = { kind: desired.kind, id: desired.id, effect: 'breaks', origin: desired.origin, hint: HINT, seen: [door.lets, door.by ?? null] } as const;
    if (way === undefined) yield { ...seen, what: `no live route takes ${request} to its service` };
    else if (door.lets === 'nobody') yield { ...seen, what: `${request} comes to ${way.route.id}, which takes no token of the issuer (${way.barrier.words})` };
    else if (isPublic && !['anybody', 'unknown'].includes(door.lets)) yield { ...seen, what: `${request} comes to ${way.route.id}, which asks for a token, and it is open to everybody by the blueprint` };
  }
}

/** Keys of others by which somebody signs tokens that bundled `jwt` takes on the way to what is protected. */
function* strangers(gateway: Gateway, ways: readonly Way[]): Generator<Finding> {
  const taking = ways.filter((one) => one.barrier.is === 'other' && one.target.guarded && isJwt(gateway, one)).toSorted((a, b) => (a.route.id < b.route.id ? -1 : 1));
  const [way] = taking;
  if (way === undefined) return;
  const published = new Set([...gateway.wanted.values()].filter(kong.jwtSecret.is).map(({ spec }) => plainKey(spec.rsa_public_key)));
  // Before the issuer has told its keys nothing can be compared with them.
  const issuers = published.size === 0 ? issuersOf(gateway) : new Set<string>();
  for (const credential of gateway.live.filter(kong.jwtSecret.is)) {
    const { key, rsa_public_key: pem } = credential.spec;
    if (gateway.ours(credential) || issuers.has(String(key)) || (pem != null && published.has(plainKey(pem)))) continue;
    yield {
      kind: credential.kind,
      id: credential.id,
      effect: 'opens',
      what: `is no key that the issuer publishes: its holder signs tokens that ${taking.map(({ route }) => route.id).join(', ')} ${taking.length === 1 ? 'takes' : 'take'}`,
      origin: way.target.service.origin,
      hint: HINT,
      seen: [credential.spec],
    };
  }
}

const plainKey = (pem: string | null | undefined): string => String(pem ?? '').replace(/-----[^-]+-----|\s+/g, '');

/** Plugins of theirs on the way that send requests elsewhere, change them, or let somebody through; guards and limits are their own affair. */
function* guests(gateway: Gateway, ways: readonly Way[]): Generator<Finding> {
  const told = new Set<LivePlugin>();
  for (const way of ways)
    for (const plugin of inForceAt(gateway, way)) {
      const doing = doingOf(plugin.spec.name, plugin.spec.config);
      if (told.has(plugin) || gateway.ours(plugin) || doing === undefined || !isKnown(plugin.spec.name) || !['opens', 'exposes'].includes(doing.effect)) continue;
      told.add(plugin);
      yield { kind: plugin.kind, id: plugin.id, effect: doing.effect, what: `${plugin.spec.name} on the way to ${way.target.service.id} ${doing.words}`, origin: way.target.service.origin, hint: HINT, seen: [plugin.spec] };
    }
}

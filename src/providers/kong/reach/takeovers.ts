import { textsOf } from '../../../core/json.ts';
import type { Unseen } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Finding, Gateway } from './gateway.ts';
import { barriersOf } from './barrier.ts';
import { isMarkerAsWritten } from './markers.ts';
import { hostsFor, headersFor, inWords, methodsOf, pathsOf } from './requests.ts';
import { hostTest, inOrder, rulesOf, winnerOf } from './router.ts';
import type { Request, Rule } from './router.ts';
import { referenceOf } from './objects.ts';
import type { LiveRoute } from './objects.ts';
import { doingOf } from './plugin-effects.ts';
import { pluginsOn } from './ways.ts';

interface Ours {
  readonly route: LiveRoute;
  readonly rules: readonly Rule[];
  readonly paths: readonly string[];
}

/** Routes of others that get requests which the blueprint's own routes would get: with the tokens that are in them. */
export const takeovers = (gateway: Gateway): { readonly findings: readonly Finding[]; readonly unseen: readonly Unseen[] } => {
  const ours = gateway.ourRoutes.map((route): Ours => ({ route, rules: rulesOf(route), paths: pathsOf(route) }));
  const byHead = new Map<string, Ours[]>();
  for (const one of ours) for (const head of new Set(one.paths.map(headOf))) byHead.set(head, [...(byHead.get(head) ?? []), one]);
  const wide = ours.filter(({ route }) => isWide(route));
  const ladderOf = (members: readonly Ours[]): readonly Rule[] => inOrder([...new Set([...members, ...wide])].flatMap(({ rules }) => rules));
  const ladders = new Map([...byHead].map(([head, members]) => [head, ladderOf(members)] as const));
  const others = ladderOf([]);
  const winnerOfOurs = (request: Request): Rule | undefined => winnerOf(ladders.get(headOf(request.path)) ?? others, request);
  const barrierOf = barriersOf(gateway);

  const findings: Finding[] = [];
  const unread: string[] = [];
  for (const route of gateway.routes) {
    if (gateway.ours(route) || isMarkerAsWritten(gateway, route) || gateway.serviceOf(route)?.spec.enabled === false || !comesByOurHosts(route, gateway.hosts)) continue;
    const rules = inOrder(rulesOf(route));
    const paths = pathsOf(route);
    if (paths.length === 0) unread.push(route.id);
    const heads = new Set(paths.map(headOf));
    const near = isWide(route) ? ours : [...new Set([...[...heads].flatMap((head) => byHead.get(head) ?? []), ...wide])];
    const [request, taken] = firstTaken(gateway, { route, rules, paths }, near, winnerOfOurs) ?? [];
    if (request === undefined || taken === undefined) continue;
    const service = gateway.serviceOf(route);
    const leads = service && barrierOf(route, undefined).is !== 'closed';
    findings.push({
      kind: route.kind,
      id: route.id,
      effect: (leads && gateway.protectedAt(gateway.endpoints(service.spec)) === undefined) || forwards(gateway, route) ? 'exposes' : 'breaks',
      what: `${inWords(request, gateway.hosts)} comes here and not to ${taken.id}${leads ? `: what it carries goes to ${String(service.spec.host)}:${String(service.spec.port)}` : ''}`,
      origin: gateway.wanted.get(addressOf(taken))?.origin ?? gateway.origin,
      hint: 'delete the route, or give it conditions that no request of ours meets',
      seen: [route.spec, service ? gateway.seenService(service) : null, pluginsOn(gateway, route)],
    });
  }
  return {
    findings,
    unseen: unread.length === 0 ? [] : [{ target: 'kong', what: `whether ${unread.join(', ')} takes requests of ours`, why: 'its path is an expression that cannot be read here' }],
  };
};

/** Plugins that take a request somewhere by themselves: no service is needed. */
const FORWARDING: ReadonlySet<string> = new Set(['aws-lambda', 'azure-functions', 'openwhisk', 'ai-proxy', 'ai-proxy-advanced', 'ai-mcp-proxy']);
const forwards = ({ inForce }: Gateway, route: LiveRoute): boolean =>
  inForce
    .allAt({ route: route.id, service: route.spec.service == null ? undefined : referenceOf(route.spec.service) })
    .some(({ spec: { name, config } }) => FORWARDING.has(name) || doingOf(name, config)?.effect === 'exposes');

const headOf = (path: string): string => path.split('/')[1] ?? '';

/** A route whose first segment may be anything. */
const isWide = ({ spec }: LiveRoute): boolean =>
  typeof spec.expression === 'string' || textsOf(spec.paths).length === 0 || textsOf(spec.paths).some((path) => !/^~?\^?(\/[A-Za-z0-9_%-]+)(\/|$|\\|\(|\$)/.test(path));

/** A route that asks for other hosts than those of our clients gets nothing of theirs. */
const comesByOurHosts = (route: LiveRoute, hosts: readonly string[]): boolean =>
  textsOf(route.spec.hosts).length === 0 || textsOf(route.spec.hosts).some((pattern) => hosts.some((host) => hostTest(pattern)(host)));

/** A request that one of ours would get, and that the stranger gets. */
const firstTaken = (
  { hosts }: Gateway,
  { route, rules, paths }: Ours,
  near: readonly Ours[],
  winnerOfOurs: (request: Request) => Rule | undefined,
): readonly [Request, LiveRoute] | undefined => {
  const methods = new Set(methodsOf(route));
  const headers = headersFor(route);
  const [host] = hostsFor(route, hosts);
  const best = rules[0]?.priority ?? 0n;
  for (const our of near) {
    // Whoever of ours would get the request stands at least as high as the lowest of its rules.
    if (our.rules.every(({ priority }) => priority > best)) continue;
    const method = methodsOf(our.route).find((one) => methods.has(one));
    if (method === undefined) continue;
    for (const path of commonPaths(paths, our.paths)) {
      const request = { method, host, path, headers: { ...headersFor(our.route), ...headers } };
      const own = winnerOfOurs(request);
      if (own === undefined) continue;
      const theirs = winnerOf(rules, request);
      if (theirs && inOrder([own, theirs])[0] === theirs) return [request, own.route];
    }
  }
  return undefined;
};

/** Paths that two patterns may have in common: those of either, and one's with the other's segments in their places. */
const commonPaths = (theirs: readonly string[], ours: readonly string[]): ReadonlySet<string> =>
  new Set([
    ...theirs,
    ...ours,
    ...theirs.flatMap((their) =>
      ours.map((our) => {
        const [filling, segments] = [their.split('/'), our.split('/')];
        return segments.map((segment, at) => (filling[at] === undefined || filling[at] === '' ? segment : filling[at])).join('/');
      }),
    ),
  ]);

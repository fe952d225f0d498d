import { textsOf } from '../../../core/json.ts';
import type { Unseen } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Finding, Gateway } from './gateway.ts';
import { barriersOf } from './barrier.ts';
import { isMarkerAsWritten } from './markers.ts';
import { askedBy, hostsFor, headersFor, inWords, methodsOf, pathsOf } from './requests.ts';
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
  const wide = ours.filter(({ route }) => !(beginningsOf(route)?.every(({ whole }) => whole) ?? false));
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
    const beginnings = beginningsOf(route);
    const near = beginnings === undefined ? ours : [...new Set([...[...byHead].flatMap(([head, members]) => (beginnings.some((one) => begins(one, head)) ? members : [])), ...wide])];
    const found = firstTaken(gateway, { route, rules, paths }, near, winnerOfOurs);
    if (found === 'not known') unread.push(route.id);
    if (found === undefined || found === 'not known') continue;
    const [request, taken] = found;
    const service = gateway.serviceOf(route);
    const leads = service && barrierOf(route, undefined).is !== 'closed';
    const there = service && gateway.protectedAt(gateway.endpoints(service.spec));
    findings.push({
      kind: route.kind,
      id: route.id,
      effect: (leads && (there === undefined || there.perhaps)) || forwards(gateway, route) ? 'exposes' : 'breaks',
      what: `${inWords(request, gateway.hosts, taken)} comes here and not to ${taken.id}${leads ? `: what it carries goes to ${String(service.spec.host)}:${String(service.spec.port)}` : ''}`,
      origin: gateway.wanted.get(addressOf(taken))?.origin ?? gateway.origin,
      hint: 'delete the route, or give it conditions that no request of ours meets',
      seen: [route.spec, service ? gateway.seenService(service) : null, pluginsOn(gateway, route)],
    });
  }
  return {
    findings,
    unseen: unread.length === 0 ? [] : [{ target: 'kong', what: `whether ${unread.join(', ')} takes requests of ours`, why: 'what it takes is an expression that cannot be read here' }],
  };
};

/** Plugins that take a request somewhere by themselves: no service is needed. */
const FORWARDING: ReadonlySet<string> = new Set(['aws-lambda', 'azure-functions', 'openwhisk', 'ai-proxy', 'ai-proxy-advanced', 'ai-mcp-proxy']);
const forwards = ({ inForce }: Gateway, route: LiveRoute): boolean =>
  inForce
    .allAt({ route: route.id, service: route.spec.service == null ? undefined : referenceOf(route.spec.service) })
    .some(({ spec: { name, config } }) => FORWARDING.has(name) || doingOf(name, config)?.effect === 'exposes');

const headOf = (path: string): string => path.split('/')[1] ?? '';

/** How the first segment begins that a path takes, or all of it. */
interface Beginning {
  readonly text: string;
  readonly whole: boolean;
}
const begins = ({ text, whole }: Beginning, head: string): boolean => (whole ? head === text : head.startsWith(text));

/** Of all that a route takes; `undefined` where it may be any. */
const beginningsOf = ({ spec }: LiveRoute): readonly Beginning[] | undefined => {
  const found = textsOf(spec.paths).map((path) => (path.startsWith('~') ? ofExpression(path.slice(1)) : ofPrefix(path)));
  return typeof spec.expression === 'string' || found.length === 0 || found.includes(undefined) ? undefined : found.filter((one) => one !== undefined);
};

/** Kong compares beginnings of texts, and not segments: `/ord` takes `/orders`. */
const ofPrefix = (path: string): Beginning => ({ text: headOf(path), whole: path.indexOf('/', 1) > 0 });

/** What is repeated, or may be left out, is the last character: it is no part of the beginning. */
const ofExpression = (source: string): Beginning | undefined => {
  const [, text = '', rest = ''] = /^\^?\/([A-Za-z0-9_-]+)(.*)$/s.exec(source) ?? [];
  if (text === '' || source.includes('|')) return undefined;
  if (rest === '') return { text, whole: false };
  return /^\\?\/|^\$$/.test(rest) ? { text, whole: !/^\\?\/[?*{]/.test(rest) } : { text: text.slice(0, -1), whole: false };
};

/** A route that asks for other hosts than those of our clients gets nothing of theirs. */
const comesByOurHosts = (route: LiveRoute, hosts: readonly string[]): boolean =>
  textsOf(route.spec.hosts).length === 0 || textsOf(route.spec.hosts).some((pattern) => hosts.some((host) => hostTest(pattern)(host)));

/** A request that one of ours would get, and that the stranger gets; or that there may be one, where what it takes cannot be read. */
const firstTaken = (
  { hosts }: Gateway,
  { route, rules, paths }: Ours,
  near: readonly Ours[],
  winnerOfOurs: (request: Request) => Rule | undefined,
): readonly [Request, LiveRoute] | 'not known' | undefined => {
  const best = rules[0]?.priority ?? 0n;
  let doubt = false;
  for (const our of near) {
    // Whoever of ours would get the request stands at least as high as the lowest of its rules.
    if (our.rules.every(({ priority }) => priority > best)) continue;
    for (const { method, host, headers } of conditionsBoth(route, our.route, hosts))
      for (const path of commonPaths(paths, our.paths)) {
        const request = { method, host, path, headers };
        const own = winnerOfOurs(request);
        if (own === undefined) continue;
        const before = rules.filter((rule) => inOrder([own, rule])[0] === rule).map(({ matches }) => matches(request));
        if (before.includes(true)) return [request, own.route];
        doubt ||= before.includes(undefined);
      }
  }
  return doubt ? 'not known' : undefined;
};

/** What a request is made of, beside its path, that both may take. An expression may ask for what is not there as well: it is asked with all of it. */
const conditionsBoth = (theirs: LiveRoute, ours: LiveRoute, hosts: readonly string[]): readonly Omit<Request, 'path'>[] => {
  const methods = new Set(methodsOf(theirs));
  const [host] = hostsFor(theirs, hosts);
  const headers = { ...headersFor(ours), ...headersFor(theirs) };
  if (typeof theirs.spec.expression === 'string')
    return askedBy(ours).flatMap((method) => [hosts[0], host].flatMap((name) => [headersFor(ours), headers].map((all) => ({ method, host: name, headers: all }))));
  const method = askedBy(ours).find((one) => methods.has(one));
  return method === undefined ? [] : [{ method, host, headers }];
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

import { aboutLike, pathFor, routeOf } from '../../access/index.ts';
import type { Route } from '../../blueprint/types.ts';
import type { Check } from '../contract.ts';
import { allRoutes, behindKong, protectedReads, refuses } from '../refuses.ts';

/** A request under another host, or without a header: as near to the right one as somebody would come who looks for a way in. */
interface Variant {
  readonly label: string;
  readonly host: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

const besideWildcard = (pattern: string): readonly string[] => {
  const rest = pattern.replace('*.', '').replace('.*', '');
  return pattern === rest ? [] : [rest, `x${rest}`, `${rest}x`];
};

const variantsOf = (route: Route, routes: readonly Route[]): readonly Variant[] => {
  const { host, headers = {} } = aboutLike(route, routes);
  const hosts = host === undefined ? [] : ['localhost', `${host}.attacker.example`, `x${host}`, host.split('.').slice(1).join('.'), `attacker.example:${host}`, ...route.hosts.flatMap(besideWildcard)];
  return [
    ...[...new Set(hosts)].filter((other) => other !== '').map((other) => ({ label: `Host: ${other}`, host: other, headers })),
    ...Object.entries(headers).flatMap(([name, value]) => {
      const others = Object.fromEntries(Object.entries(headers).filter(([one]) => one !== name));
      return [
        { label: `no ${name}`, host, headers: others },
        ...[`x${value}`, `${value}x`, `${value}, x`].map((wrong) => ({ label: `${name}: ${wrong}`, host, headers: { ...others, [name]: wrong } })),
        { label: `X-${name}: ${value}`, host, headers: { ...others, [`x-${name}`]: value } },
      ];
    }),
  ];
};

/** Presentation, by the host and the headers that a route is known by: they say which route a request is, and protect nothing. */
export const conditions: readonly Check[] = [
  refuses({
    id: 'PRE-21',
    claim: 'the path of a route under another host, or without its header, leads to no service unprotected',
    severity: 'critical',
    source: 'RFC 9110 section 7.2; OWASP API5:2023, API8:2023',
    status: [400, 401, 403, 404, 405, 421],
    subjects: (blueprint) => behindKong(protectedReads)(blueprint).filter(({ route }) => route.hosts.length > 0 || Object.keys(route.headers).length > 0),
    attacks: async (kit, subject) => {
      const routes = behindKong(allRoutes)(kit.blueprint).map(({ route }) => route);
      const token = (await kit.good(subject)).reveal();
      const path = pathFor(subject.service, subject.route, kit.whoPasses(subject));
      return variantsOf(subject.route, routes).flatMap(({ label, host, headers }) => {
        const other = routeOf(routes, subject.route.method, path, { host, headers });
        if (other?.public === true) return [];
        const sent = { path, bare: true as const, headers: [...(host === undefined ? [] : [['Host', host] as const]), ...Object.entries(headers)] };
        // Where the blueprint has no such route a good token leads nowhere, either.
        return [{ ...sent, label: `no token and ${label}` }, ...(other === undefined ? [{ ...sent, label: `a good token and ${label}`, token }] : [])];
      });
    },
  }),
];

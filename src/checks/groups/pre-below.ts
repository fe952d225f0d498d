import { baseOf, fitsPath, isPrefix, pathFor } from '../../access/index.ts';
import type { Blueprint, Route, Service } from '../../blueprint/types.ts';
import type { Evidence } from '../../core/report.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { CHECK_HEADER } from '../kit/http.ts';
import type { Answer } from '../kit/index.ts';
import { brokeDown, gotThrough, isOfUpstream, statusText } from '../kit/through.ts';
import { allRoutes } from '../refuses.ts';

const demandsOf = ({ scopes, roles }: Route): string => JSON.stringify([scopes.toSorted(), roles.toSorted()]);

/** A protected path of the service that is not below the prefix, and that asks for something else. */
const besideOf = (service: Service, prefix: Route, gateway: RouteSubject['gateway']): string | undefined =>
  service.routes
    .filter((route) => route.gateways.includes(gateway) && !route.public && !isPrefix(route.path) && (prefix.public || demandsOf(route) !== demandsOf(prefix)))
    .map((route) => pathFor(service, route, undefined))
    .find((path) => !fitsPath(prefix.path, path));

/** A token that bytes can show. */
const isInHeader = ({ authentication: { token, session } }: Service): boolean => token.header && token.bound === 'none' && session === undefined;

const prefixes = (blueprint: Blueprint): readonly RouteSubject[] =>
  allRoutes(blueprint).filter(({ gateway, service, route }) => isPrefix(route.path) && baseOf(route.path) !== '/' && (route.public || isInHeader(service)) && route.methods.includes('GET') && besideOf(service, route, gateway) !== undefined);

/** Ways up that the standard knows, and one that many servers read as such (RFC 3986 section 5.2.4). */
const UP: Readonly<Record<string, string>> = { 'a way up': '../', 'an encoded way up': '%2e%2e/', 'a half encoded way up': '.%2E/', 'a way up with an encoded slash': '..%2f', 'a way up with a backslash': '..\\' };

const HAS_UP = /(^|[/\\]|%2f|%5c)(\.|%2e){2}([/\\]|%2f|%5c|$)/i;

/** Whether the service was asked for what is not below the prefix: a gateway that has walked the way by itself, and asks for a token there, has not led out. */
const leadsOut = (answer: Answer, route: Route): boolean => {
  if (answer.upstream !== undefined) return answer.upstream.some(({ path }) => route.public || HAS_UP.test(path));
  return route.public && isOfUpstream(answer);
};

/** What a path that a service resolves for itself leads to: most servers do, and the gateway has decided by what was written. */
export const below: readonly Check[] = [
  defineCheck<RouteSubject>({
    id: 'PRE-27',
    credential: 'any',
    claim: 'no way up from below a prefix leads to a path of the service that asks for more',
    severity: 'critical',
    source: 'RFC 3986 section 5.2.4; OWASP API1:2023; CWE-22, CWE-436',
    subjects: prefixes,
    run: async (subject, kit): Promise<Outcome> => {
      const { gateway, service, route } = subject;
      const token = route.public ? undefined : (await kit.good(subject)).reveal();
      const evidence: Evidence[] = [];
      const control = await kit.call(subject, { label: 'what is below the prefix', method: 'GET', ...(token !== undefined && { token }) });
      evidence.push(control.evidence);
      if (!gotThrough(control)) return { status: 'inconclusive', why: `what is below the prefix must pass, and got ${statusText(control)}`, evidence };
      const base = baseOf(route.path);
      const beside = (besideOf(service, route, gateway) ?? '/').slice(1);
      for (const [label, up] of Object.entries(UP)) {
        // As bytes: a client walks some of the ways by itself before it asks.
        const target = `${base}${up.repeat(base.split('/').length - 2)}${beside}`;
        const answer = await kit.callBytes(subject, label, (host, check, known, below) =>
          [`GET ${below}${target} HTTP/1.1`, `Host: ${host}`, ...known, ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]), `${CHECK_HEADER}: ${check}`, 'Connection: close', '', ''].join('\r\n'),
        );
        evidence.push(answer.evidence);
        if (brokeDown(answer)) return { status: 'crashed', why: `${label}: got ${answer.status === 0 ? 'no answer' : answer.status}`, evidence };
        if (leadsOut(answer, route))
          return { status: 'failed', why: `${label}: the request reached the upstream`, hint: 'have the service refuse dot segments, or give what is below the prefix an upstream of its own', evidence };
      }
      return { status: 'passed', evidence };
    },
  }),
];

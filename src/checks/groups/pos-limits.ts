import type { Blueprint } from '../../blueprint/types.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { gotThrough, statusText } from '../kit/through.ts';
import { allRoutes, behindKong, oneReadPerService, refuses } from '../refuses.ts';

const rateOf = ({ service, route }: RouteSubject) => route.rateLimit ?? service.rateLimit;
const sizeOf = ({ service, route }: RouteSubject): string | undefined => route.maxBody ?? service.maxBody;
const PERIODS = ['second', 'minute', 'hour', 'day'] as const;

/** One for each place that says it: a service for all of its routes, or a route for itself. */
const onePerPlace = (what: 'rateLimit' | 'maxBody') => (blueprint: Blueprint): readonly RouteSubject[] => {
  const seen = new Set<string>();
  const stated = behindKong(allRoutes)(blueprint).filter(({ service, route }) => (route[what] ?? service[what]) !== undefined);
  // What only reads can be tried without leave.
  const rank = ({ route }: RouteSubject): number => 2 * Number(route.public) + Number(route.method !== 'GET');
  const reads = stated.toSorted((a, b) => rank(a) - rank(b));
  return reads.filter(({ service, route, name }) => {
    const key = route[what] === undefined ? service.id : name;
    return !seen.has(key) && seen.add(key);
  });
};

const credential = async (kit: Kit, subject: RouteSubject): Promise<Pick<Attack, 'token'>> => (subject.route.public ? {} : { token: (await kit.good(subject)).reveal() });

const preflightOf = ({ service, route }: Pick<RouteSubject, 'service' | 'route'>) =>
  [['Origin', service.authentication.origins[0] ?? ''], ['Access-Control-Request-Method', route.method]] as const;

const bytesOf = (size: string): number => Number.parseInt(size, 10) * (size.endsWith('kB') ? 1024 : 1024 * 1024);

/** What the blueprint bounds: how many requests, how large, and what pages are told before they ask. */
export const limits: readonly Check[] = [
  defineCheck({
    id: 'POS-12',
    claim: 'requests are counted by the limits of the blueprint',
    severity: 'medium',
    source: 'OWASP API4:2023; Kong documentation, rate-limiting plugin',
    needs: ['kong'],
    subjects: onePerPlace('rateLimit'),
    run: async (subject, kit) => {
      const answer = await kit.call(subject, { label: 'a good token', ...(await credential(kit, subject)) });
      const evidence = [answer.evidence];
      if (!gotThrough(answer)) return { status: 'inconclusive', why: `a good request must pass first, and got ${statusText(answer)}`, evidence };
      const limit = rateOf(subject);
      for (const period of PERIODS) {
        const [stated, name] = [limit?.[period], `${period[0]?.toUpperCase() ?? ''}${period.slice(1)}`];
        const [told, left] = ['limit', 'remaining'].map((what) => answer.headers[`x-ratelimit-${what}-${period}`]);
        if (told !== (stated === undefined ? undefined : String(stated)))
          return { status: 'failed', why: `X-RateLimit-Limit-${name} says ${told ?? 'nothing'}, and the blueprint ${stated ?? 'nothing'}`, hint: 'authctl drift names the plugin', evidence };
        if (stated !== undefined && !(Number(left) < stated)) return { status: 'failed', why: `the request was not counted: X-RateLimit-Remaining-${name} says ${left ?? 'nothing'}`, evidence };
      }
      return { status: 'passed', evidence };
    },
  }),
  refuses({
    id: 'POS-13',
    claim: 'a body that is larger than the route takes is refused, and reaches no upstream',
    severity: 'medium',
    source: 'RFC 9110 section 15.5.14; OWASP API4:2023',
    needs: ['kong'],
    subjects: onePerPlace('maxBody'),
    status: [413],
    attacks: async (kit, subject) => [
      { label: `a body of more than ${sizeOf(subject) ?? ''}`, benign: true, ...(await credential(kit, subject)), body: Buffer.alloc(bytesOf(sizeOf(subject) ?? '') + 1, 0x20), headers: [['Content-Type', 'application/json']] },
    ],
  }),
  refuses({
    id: 'POS-14',
    claim: 'nothing but a preflight is answered without a token: neither an OPTIONS that is none, nor another method that looks like one',
    severity: 'high',
    source: 'Fetch standard, CORS-preflight request; OWASP API2:2023',
    needs: ['kong', 'origins'],
    credential: 'any',
    subjects: behindKong(oneReadPerService),
    // A service that decides for itself refuses what is no route of its, whoever asks.
    status: [401, 403, 404, 405],
    control: async (kit, subject) => ({ label: 'a good token', token: (await kit.good(subject)).reveal(), headers: preflightOf(subject).slice(0, 1) }),
    attacks: (_kit, { service, route }) => {
      const [origin, asks] = preflightOf({ service, route });
      return [
        { label: 'an OPTIONS that says nothing of a page', method: 'OPTIONS' },
        { label: 'an OPTIONS from a page, that asks for no method', method: 'OPTIONS', headers: [origin] },
        { label: 'an OPTIONS that asks for a method, from no page', method: 'OPTIONS', headers: [asks] },
        { label: `a ${route.method} with the headers of a preflight`, headers: [origin, asks] },
      ];
    },
  }),
];

import { aboutLike, kongVerifies, pathLike, routeOf, sampleOf } from '../../access/index.ts';
import type { Blueprint, Service } from '../../blueprint/types.ts';
import type { Effect } from '../../core/resource.ts';
import type { Evidence, Severity } from '../../core/report.ts';
import { Problem } from '../../core/problem.ts';
import type { Way } from '../../core/provider.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { routeName } from '../../patterns/objects.ts';
import type { Check, Need, Outcome, PlainSubject, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import type { Answer, Attack, Kit } from '../kit/index.ts';
import { otherPathOf } from '../kit/at-path.ts';
import { EMPTY_MESSAGE } from '../kit/grpc.ts';
import { takesTokensOfOurMaking } from '../kit/index.ts';
import { partsOf } from '../kit/jws.ts';
import { brokeDown, gotThrough, statusText, untriedProtocol, wantsOtherProtocol } from '../kit/through.ts';
import { NotSent } from '../kit/writes.ts';
import { allRoutes, behindKong, isOpen, oneReadPerService, protectedReads, protectedRoutes } from '../refuses.ts';
import { foreignScopes } from './clm.ts';

/** Requests to one service, none of which may get there. */
interface Tries {
  readonly subject: RouteSubject;
  readonly attacks: readonly Attack[];
  /** Why nothing can be sent there. */
  readonly untried?: string;
  /** The way of somebody else's that they go. */
  readonly foreign?: Pick<Way, 'address' | 'closed' | 'perhaps'>;
}

interface Claim {
  readonly id: string;
  readonly claim: string;
  readonly severity: Severity;
  readonly source: string;
  readonly needs?: readonly Need[];
  readonly hint?: string;
  readonly tries: (kit: Kit) => Promise<readonly Tries[]> | readonly Tries[];
}

const atKong = (blueprint: Blueprint): readonly PlainSubject[] => (behindKong(allRoutes)(blueprint).length > 0 ? [{ name: 'kong live routes', origin: blueprint.at('services'), of: 'kong' }] : []);

/** The request got through to the service: its recorder saw it, or nobody refused it. 101 is the service's word for a WebSocket that is open (RFC 6455). */
const reached = (answer: Answer): boolean => (answer.upstream === undefined ? gotThrough(answer) || answer.status === 101 || (answer.status >= 300 && answer.status < 400) : answer.upstream.length > 0);

/** By a plugin, which hands nothing on, whatever its status. */
const isAnsweredThere = ({ upstream = [], headers }: Answer): boolean => upstream.length === 0 && headers['x-kong-upstream-latency'] === undefined;

/** A claim about whatever is live at Kong: none of these requests gets to a service. */
const unreachable = ({ tries, hint, needs = [], ...claim }: Claim): Check =>
  defineCheck<PlainSubject>({
    ...claim,
    needs: ['kong', ...needs],
    credential: 'any',
    subjects: atKong,
    run: async (_subject, kit): Promise<Outcome> => {
      const broken = await goodMustPass(kit);
      if (broken) return broken;
      const all = await tries(kit);
      const evidence: Evidence[] = [];
      const bad: { readonly answer: Answer; readonly subject: RouteSubject }[] = [];
      const unknown: string[] = [];
      let down: string | undefined;
      let unsent: string | undefined;
      for (const { subject, attacks, untried, foreign } of all) {
        unsent ??= untried;
        for (const answer of await kit.callAll(subject, attacks)) {
          if (answer instanceof NotSent) unsent ??= answer.need;
          else if (answer instanceof Problem) unknown.push(answer.message);
          else {
            evidence.push(answer.evidence);
            if (foreign?.closed && isAnsweredThere(answer)) continue;
            if (reached(answer) && foreign?.perhaps && answer.upstream === undefined) unknown.push(`${foreign.address} answers ${answer.status}, and whether the service does is not known`);
            else if (reached(answer)) bad.push({ answer, subject });
            else if (foreign && brokeDown(answer)) unknown.push(`${foreign.address} answers ${answer.status === 0 ? 'nothing' : statusText(answer)}, and what is behind that is not known`);
            else if (brokeDown(answer)) down ??= `a ${answer.status} is no refusal`;
            else unsent ??= wantsOtherProtocol(answer);
          }
        }
      }
      const [first] = bad;
      if (first) return { status: 'failed', origin: first.subject.service.at, why: `${bad.length} of ${evidence.length} requests got to the service`, ...(hint !== undefined && { hint }), evidence: bad.map(({ answer }) => answer.evidence) };
      const why = down ?? unknown[0];
      if (why !== undefined) return { status: down === undefined ? 'inconclusive' : 'crashed', why, evidence };
      if (unsent !== undefined) return { status: 'skipped', why: unsent, evidence };
      return evidence.length === 0 ? { status: 'skipped', why: 'nothing is live that it is about', evidence } : { status: 'passed', evidence };
    },
  });

const controls = new WeakMap<Kit, Promise<Outcome | undefined>>();

/** Where nobody gets through, a refusal says nothing: a good token must pass somewhere first. Tried once in a run. */
const goodMustPass = (kit: Kit): Promise<Outcome | undefined> => {
  const tried = controls.get(kit) ?? control(kit);
  controls.set(kit, tried);
  return tried;
};
const control = async (kit: Kit): Promise<Outcome | undefined> => {
  const subject = behindKong(protectedReads)(kit.blueprint).find((one) => kit.whoPasses(one) !== undefined);
  if (subject === undefined) return undefined;
  const answer = await kit.call(subject, { label: 'a good token', token: (await kit.good(subject)).reveal() });
  return gotThrough(answer) ? undefined : { status: 'inconclusive', why: `a good token must pass before this can be judged, and it got ${statusText(answer)}`, evidence: [answer.evidence] };
};

const subjectOf = (service: Service, name: string): RouteSubject | undefined => {
  const route = service.routes.find((one) => !one.public && one.gateways.includes('kong')) ?? service.routes[0];
  return route && { gateway: 'kong', service, route, name, origin: route.at };
};

/** Every live way to a service, but for those that the blueprint has opened to everybody. */
const waysOf = async (kit: Kit, wanted: (service: Service) => boolean, attacksOn: (service: Service) => Promise<readonly Attack[]> | readonly Attack[]): Promise<readonly Tries[]> => {
  const { blueprint } = kit;
  const opened = new Set(behindKong(allRoutes)(blueprint).filter(({ route }) => route.public).map(({ route }) => kong.route.address(routeName(blueprint, route))));
  const services = Object.values(blueprint.services).filter(wanted);
  const tries: Tries[] = [];
  for (const way of await kit.ways('kong')) {
    if (way.stated && opened.has(way.address)) continue;
    const service = services.find(({ id }) => id === way.service);
    const subject = service && subjectOf(service, `kong ${way.address}`);
    if (!service || !subject) continue;
    if (way.untried !== undefined || way.requests.length === 0) {
      tries.push({ subject, attacks: [], untried: `${way.address}, ${way.untried === undefined ? 'not tried: no request that it takes could be worked out' : untriedProtocol(way.untried)}` });
      continue;
    }
    const shown = await attacksOn(service);
    tries.push({
      subject,
      ...(!way.stated && { foreign: way }),
      attacks: way.requests.flatMap(({ method, path, headers, grpc, message }) => shown.map((attack) => ({ ...attack, label: `${attack.label} by ${way.address}`, method, path, by: grpc ? ('grpc' as const) : ('http' as const), ...(message && { body: EMPTY_MESSAGE }), bare: true as const, ...(!way.stated && { foreign: true as const }), headers: [...headers, ...(attack.headers ?? [])] }))),
    });
  }
  return tries;
};

const guarded = (service: Service): boolean => service.routes.some((route) => !route.public);
const takesTokens = (service: Service): boolean => guarded(service) && service.authentication.session === undefined;
const goodFor = async (kit: Kit, service: Service): Promise<string | undefined> => {
  const subject = behindKong(protectedReads)(kit.blueprint).find((one) => one.service.id === service.id && kit.whoPasses(one) !== undefined);
  return subject && (await kit.good(subject)).reveal();
};

const flipped = (token: string): string => {
  const segments = token.split('.');
  const last = segments.at(-1) ?? '';
  return [...segments.slice(0, -1), `${last.startsWith('A') ? 'B' : 'A'}${last.slice(1)}`].join('.');
};

/** Paths of the blueprint with what their variables may be. */
const pathOf = ({ service, route }: RouteSubject): string => pathLike(route, service.routes, () => '42');
const withoutToken: Attack = { label: 'no token' };

/** What the live configuration lets through beside the blueprint, by how bad it is. */
const nothingThat = (id: string, claim: string, severity: Severity, source: string, effects: readonly Effect[]): Check =>
  defineCheck<PlainSubject>({
    id, claim, severity, source,
    needs: ['kong'],
    readsConfiguration: true,
    subjects: atKong,
    run: async (_subject, kit) => {
      const found = (await kit.reach()).filter(({ effect }) => effects.includes(effect));
      const evidence = [{ request: 'work out what is within reach of the live gateway' }, ...found.map((danger) => ({ request: `${danger.kind}/${danger.id}`, answer: danger.what.slice(0, 400) }))];
      return found[0] === undefined ? { status: 'passed', evidence } : { status: 'failed', origin: found[0].origin, why: `${found.length} live objects or fields that the blueprint neither states nor accepts`, hint: 'authctl drift names each with what to do', evidence };
    },
  });

/** Headers by which a service could believe somebody else about who calls. */
const CLAIMS_IDENTITY = /^x-(user|username|user-?id|userid|user-?name|roles?|user-roles?|email|groups|admin|is-admin|account|remote-user|forwarded-(user|email|groups|preferred-username)|authenticated-.*|authenticated|identity|principal|subject)$/;

/** Whatever is live at the gateway, whoever made it, is tried: the blueprint's own routes are not all there is. */
export const rch: readonly Check[] = [
  unreachable({
    id: 'RCH-01', claim: 'no live route to a protected service lets a request through without a token', severity: 'critical', source: 'OWASP API9:2023; NIST SP 800-207 section 2.1',
    hint: 'authctl drift names the route; delete it or guard it',
    tries: (kit) => waysOf(kit, guarded, () => [withoutToken]),
  }),
  unreachable({
    id: 'RCH-02', claim: 'no live route to a protected service takes a token that the issuer has not signed', severity: 'critical', source: 'RFC 7515 section 5.2; OWASP API2:2023',
    tries: (kit) => waysOf(kit, takesTokens, async (service) => {
      const good = await goodFor(kit, service);
      return good === undefined ? [] : [{ label: 'a token with another signature', token: good.includes('.') ? flipped(good) : `x${good}` }];
    }),
  }),
  unreachable({
    id: 'RCH-03', claim: 'no live route to a protected service takes a token for another audience', severity: 'critical', source: 'RFC 9068 section 4; RFC 8725 section 3.9', needs: ['second-audience', 'persona'],
    tries: (kit) => waysOf(kit, takesTokens, async (service) => {
      const scopes = foreignScopes(kit.blueprint, service);
      if (scopes.length === 0) return [];
      const { access } = await kit.tokens.persona(Object.keys(kit.blueprint.personas)[0] ?? '', scopes, service.authentication);
      return [{ label: 'a real token for another audience', token: access.reveal() }];
    }),
  }),
  unreachable({
    id: 'RCH-04', claim: 'a method that nobody declared on a path gets to no service', severity: 'critical', source: 'RFC 9110 section 9.1; OWASP API5:2023',
    tries: ({ blueprint }) => {
      const routes = behindKong(allRoutes)(blueprint).map(({ route }) => route);
      return behindKong(protectedRoutes)(blueprint).map((subject) => {
        const path = pathOf(subject);
        return { subject, attacks: ['PUT', 'PATCH', 'DELETE', 'POST', 'HEAD'].filter((method) => routeOf(routes, method, path, aboutLike(subject.route, routes)) === undefined).map((method) => ({ label: 'no token', method, path })) };
      });
    },
  }),
  unreachable({
    id: 'RCH-05', claim: 'a path below or beside a declared one gets to no service without a token', severity: 'high', source: 'OWASP API5:2023; RFC 3986 section 6',
    tries: ({ blueprint }) => behindKong(oneReadPerService)(blueprint).map((subject) => ({
      subject,
      attacks: [`${pathOf(subject)}/x/y/z`, `${pathOf(subject)}.json`, `${pathOf(subject)};x=1/y`, `${pathOf(subject).toUpperCase()}`, `/internal${pathOf(subject)}`, `${pathOf(subject)}/`].filter((path) => !isOpen(blueprint, 'kong', path)).map((path) => ({ label: 'no token', path })),
    })),
  }),
  defineCheck<RouteSubject>({
    id: 'RCH-06', claim: 'the service gets each request at the path of its route, and no word about the caller that the blueprint does not send', severity: 'critical', source: 'OWASP ASVS 5.0 section 13.2; CWE-290', needs: ['kong', 'upstream'], credential: 'any',
    subjects: (blueprint) => behindKong(oneReadPerService)(blueprint).filter(({ service }) => kongVerifies(service)),
    run: async (subject, kit) => {
      const answer = await kit.call(subject, { label: 'a good token', token: (await kit.good(subject)).reveal() });
      const sampled = sampleOf(subject.service, subject.route).headers.map(([name]) => name.toLowerCase());
      const names = (answer.upstream ?? []).flatMap(({ headers }) => Object.keys(headers)).filter((name) => CLAIMS_IDENTITY.test(name.toLowerCase()) && !sampled.includes(name.toLowerCase()));
      if (answer.upstream?.length === 0 || !gotThrough(answer)) return { status: 'inconclusive', why: `a good token got ${statusText(answer)}`, evidence: [answer.evidence] };
      const other = otherPathOf(kit.blueprint, subject, answer.upstream ?? []);
      if (other !== undefined) return { status: 'failed', why: `the request came to the service at ${other}`, hint: 'its path is rewritten on the way: by the service or the route of Kong, or by a plugin', evidence: [answer.evidence] };
      return names.length === 0 ? { status: 'passed', evidence: [answer.evidence] } : { status: 'failed', why: `the service got ${[...new Set(names)].join(', ')}`, hint: 'a plugin that the blueprint does not know makes it up', evidence: [answer.evidence] };
    },
  }),
  unreachable({
    id: 'RCH-07', claim: "the path of authctl's own bookkeeping leads to no service", severity: 'high', source: 'OWASP API9:2023',
    tries: ({ blueprint }) => behindKong(oneReadPerService)(blueprint).slice(0, 1).map((subject) => ({
      subject,
      attacks: ['0123456789abcdef', '', 'x/../../..'].map((revision) => ({ label: 'no token', path: `/.well-known/authctl/${blueprint.name}/${revision}`, headers: [['x-authctl-marker', `${blueprint.name}-other`] as const] })),
    })),
  }),
  nothingThat('RCH-08', 'nothing at the gateway that the blueprint does not know opens anything, or sends tokens elsewhere', 'critical', 'OWASP API9:2023; NIST SP 800-207 section 2.1', ['opens', 'exposes']),
  nothingThat('RCH-09', 'no guard at the gateway is thinner than the blueprint has it', 'high', 'OWASP API8:2023', ['weakens']),
  unreachable({
    id: 'RCH-10', claim: 'another Host header is no way around the token', severity: 'high', source: 'RFC 9110 section 7.2; OWASP ASVS 5.0 section 13.1',
    tries: ({ blueprint }) => behindKong(oneReadPerService)(blueprint).map((subject) => ({
      subject,
      attacks: ['localhost', 'admin.internal', 'kong', '127.0.0.1:8001'].map((host) => ({ label: `no token and Host: ${host}`, headers: [['Host', host] as const] })),
    })),
  }),
  unreachable({
    id: 'RCH-11', claim: 'no live route to a protected service takes a token that has ended', severity: 'critical', source: 'RFC 7519 section 4.1.4', needs: ['issuer-key'],
    tries: (kit) => waysOf(kit, (service) => takesTokens(service) && takesTokensOfOurMaking(service.authentication), async (service) => {
      const good = await goodFor(kit, service);
      const now = Math.floor(kit.clock.now() / 1000);
      const token = good === undefined ? undefined : kit.harness?.forge(good, { payload: { exp: now - 7200, iat: now - 7500 } });
      return token === undefined ? [] : [{ label: 'a token that ended two hours ago', token }];
    }),
  }),
  unreachable({
    id: 'RCH-12', claim: 'no live route to a protected service takes an unsigned token', severity: 'critical', source: 'RFC 8725 section 3.1',
    tries: (kit) => waysOf(kit, (service) => takesTokens(service) && takesTokensOfOurMaking(service.authentication), async (service) => {
      const good = await goodFor(kit, service);
      if (good === undefined || good.split('.').length !== 3) return [];
      const { segments } = partsOf(good);
      return [{ label: 'an unsigned token', token: `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${segments[1]}.` }];
    }),
  }),
  unreachable({
    id: 'RCH-13', claim: 'a method in a header is no way around the method of the request', severity: 'medium', source: 'OWASP API5:2023; CWE-650',
    tries: ({ blueprint }) => behindKong(oneReadPerService)(blueprint).map((subject) => ({
      subject,
      attacks: ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name) => ({ label: `no token and ${name}: DELETE`, headers: [[name, 'DELETE'] as const] })),
    })),
  }),
];

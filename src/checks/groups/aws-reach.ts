import { awsKeysOf, sampleOf } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Way } from '../../core/provider.ts';
import type { Effect } from '../../core/resource.ts';
import type { Evidence, Severity } from '../../core/report.ts';
import { Problem } from '../../core/problem.ts';
import type { Check, Outcome, PlainSubject, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { attackerKey, partsOf, signJws } from '../kit/jws.ts';
import { otherPathOf } from '../kit/at-path.ts';
import { isMeantFor } from '../kit/audience.ts';
import type { Answer, Attack, Kit } from '../kit/index.ts';
import { aws } from '../../providers/aws/specs/index.ts';
import { brokeDown, gotThrough } from '../kit/through.ts';
import { NotSent } from '../kit/writes.ts';
import { allRoutes, behindAws, oneReadPerService } from '../refuses.ts';

/** One subject for all ways in: a good token must pass somewhere behind AWS before a refusal means anything. */
const anywhere = (blueprint: Blueprint): readonly RouteSubject[] => behindAws(oneReadPerService)(blueprint).slice(0, 1);

/** A route that the blueprint has opened to everybody. */
const isPublic = ({ name, services }: Blueprint, { address }: Way): boolean =>
  Object.values(services).some(({ routes }) => routes.some((route) => route.public && route.gateways.includes('aws') && awsKeysOf(route).some((key) => aws.route.address(name, key) === address)));

/** Where a way leads, as far as the blueprint knows it: its recorder tells what came. */
const subjectOf = ({ blueprint }: Kit, { service }: Way, otherwise: RouteSubject): RouteSubject => {
  const found = blueprint.services[service ?? ''];
  const route = found?.routes[0];
  return found && route ? { gateway: 'aws', service: found, route, name: otherwise.name, origin: otherwise.origin } : otherwise;
};

const tryAll = async (kit: Kit, subject: RouteSubject, ways: readonly Way[], attacks: (way: Way, subject: RouteSubject) => Promise<readonly Attack[]> | readonly Attack[]): Promise<Outcome> => {
  const evidence: Evidence[] = [{ request: `read every route of every stage: ${ways.length} to try` }];
  const bad: string[] = [];
  let unknown: string | undefined;
  let unsent: string | undefined;
  for (const way of ways) {
    const at = subjectOf(kit, way, subject);
    const shown = await attacks(way, at);
    const tried = way.requests.flatMap((request) => shown.map((attack) => ({ ...request, ...attack, ...(!way.own && { foreign: true as const }) })));
    for (const answer of await kit.callAll(at, tried)) {
      if (answer instanceof NotSent) {
        unsent ??= answer.need;
        continue;
      }
      if (answer instanceof Problem) {
        unknown ??= answer.message;
        continue;
      }
      evidence.push(answer.evidence);
      if (getsThrough(answer)) bad.push(`${way.name}: ${answer.status}`);
      else if (brokeDown(answer) && (way.own || way.service !== undefined)) unknown ??= `${way.name} answers ${answer.status === 0 ? 'nothing' : answer.status}`;
    }
  }
  if (bad.length > 0) return { status: 'failed', why: [...new Set(bad)].slice(0, 5).join('; '), hint: 'authctl drift says where it stands', evidence };
  if (unknown === undefined && unsent !== undefined) return { status: 'skipped', why: unsent, evidence };
  return unknown === undefined ? { status: 'passed', evidence } : { status: 'inconclusive', why: unknown, evidence };
};

/** The upstream saw it, or somebody answered it as good. */
const getsThrough = (answer: Answer): boolean => (answer.upstream?.length ?? 0) > 0 || gotThrough(answer) || (answer.status >= 300 && answer.status <= 399);

const methodOf = ({ requests: [first] }: Way): string => first?.method ?? 'GET';

const noToken: readonly Attack[] = [{ label: 'no token' }];
const forged = async (kit: Kit, subject: RouteSubject): Promise<readonly Attack[]> => {
  const { header, payload } = partsOf((await kit.good(subject)).reveal());
  return [{ label: "the attacker's signature", token: signJws(header, payload, attackerKey()) }];
};
/** A good token of every other service behind the gateway. */
const ofOthers = async (kit: Kit, { service }: RouteSubject): Promise<readonly Attack[]> => {
  const others = behindAws(oneReadPerService)(kit.blueprint).filter((other) => other.service.audience !== service.audience && kit.whoPasses(other) !== undefined);
  const shown = await Promise.all(others.map(async (other) => ({ label: `a good token for ${other.service.id}`, token: (await kit.good(other)).reveal() })));
  // One client's token is good for several services, where tokens name no audience but their client.
  return shown.filter(({ token }) => !kit.blueprint.foreign || !isMeantFor(kit.blueprint, service, partsOf(token).payload));
};

const source = 'OWASP API9:2023, API5:2023; AWS IAM Access Analyzer, external access';
/** What a gateway says of a request beside what the client said. */
const OF_THE_GATEWAY = /^(host|forwarded|via|connection|content-length|content-type|accept|accept-encoding|user-agent|authorization|x-authctl-check|x-forwarded-\w+|x-amzn-\S+)$/;

const atAws = (blueprint: Blueprint): readonly PlainSubject[] => (behindAws(allRoutes)(blueprint).length > 0 ? [{ name: 'aws live configuration', origin: blueprint.at('services'), of: 'aws' }] : []);

/** What the live APIs let through beside the blueprint, by how bad it is: what manages or decides is behind some gateway, too, and is tried by nobody. */
const nothingThat = (id: string, claim: string, severity: Severity, effects: readonly Effect[]): Check =>
  defineCheck<PlainSubject>({
    id, claim, severity, source,
    needs: ['aws'],
    readsConfiguration: true,
    subjects: atAws,
    run: async (_subject, kit) => {
      const found = (await kit.awsReach()).filter(({ effect }) => effects.includes(effect));
      const evidence = [{ request: 'work out what is within reach of the live APIs' }, ...found.map((danger) => ({ request: `${danger.kind}/${danger.id}`, answer: danger.what.slice(0, 400) }))];
      return found[0] === undefined ? { status: 'passed', evidence } : { status: 'failed', origin: found[0].origin, why: `${found.length} live objects or fields that the blueprint neither states nor accepts`, hint: 'authctl drift names each with what to do', evidence };
    },
  });

/** What is there beside the blueprint, tried. */
export const awsReach: readonly Check[] = [
  defineCheck({
    id: 'AWS-13',
    claim: 'no live route of the API lets anybody through without a token, but for those that are public',
    severity: 'critical',
    source,
    needs: ['aws'],
    subjects: anywhere,
    run: async (subject: RouteSubject, kit) =>
      tryAll(kit, subject, (await kit.ways('aws')).filter((way) => way.own && way.beside === undefined && !isPublic(kit.blueprint, way)), () => noToken),
  }),
  defineCheck({
    id: 'AWS-14',
    claim: 'no other API of the account lets anybody through to an upstream who has no token for it',
    severity: 'critical',
    source,
    needs: ['aws'],
    subjects: anywhere,
    run: async (subject: RouteSubject, kit) =>
      tryAll(kit, subject, (await kit.ways('aws')).filter(({ own }) => !own), async (_way, at) => [...noToken, ...(await forged(kit, at)), ...(await ofOthers(kit, at))]),
  }),
  defineCheck({
    id: 'AWS-15',
    claim: "no live route takes a token that is for another service, even one with this service's scopes",
    severity: 'critical',
    source: 'RFC 8725 section 3.9; API Gateway developer guide, JWT authorizers: aud',
    needs: ['aws', 'issuer-key', 'second-audience'],
    subjects: anywhere,
    run: async (subject: RouteSubject, kit) => {
      const ways = (await kit.ways('aws')).filter((way) => way.stated && !isPublic(kit.blueprint, way) && methodOf(way) === 'GET');
      const audiences = [...new Set(Object.values(kit.blueprint.services).map(({ audience }) => audience))];
      return tryAll(kit, subject, ways, async (_way, at) => {
        const good = (await kit.good({ ...at, route: at.service.routes.find((route) => !route.public && route.method === 'GET') ?? at.route })).reveal();
        return audiences.filter((audience) => audience !== at.service.audience).flatMap((aud) => {
          const token = kit.harness?.forge(good, { payload: { aud } });
          return token === undefined ? [] : [{ label: `a token for ${aud} with the scopes of ${at.service.id}`, token }];
        });
      });
    },
  }),
  defineCheck({
    id: 'AWS-16',
    claim: 'the upstream gets what the client sent: no header and no parameter of the gateway\'s making, at the path of the route',
    severity: 'high',
    source: 'API Gateway developer guide, parameter mapping; CWE-290',
    needs: ['aws', 'upstream'],
    subjects: behindAws(oneReadPerService),
    run: async (subject: RouteSubject, kit) => {
      const answer = await kit.call(subject, { label: 'a good token', token: (await kit.good(subject)).reveal() });
      const evidence = [answer.evidence];
      const [call] = answer.upstream ?? [];
      if (!call) return { status: 'inconclusive', why: 'the upstream saw no call of a good token', evidence };
      const sample = sampleOf(subject.service, subject.route);
      const added = Object.keys(call.headers).filter((name) => !OF_THE_GATEWAY.test(name.toLowerCase()) && !sample.headers.some(([own]) => own.toLowerCase() === name.toLowerCase()));
      if (added.length > 0) return { status: 'failed', why: `the upstream was told ${added.join(', ')}, which nobody sent`, evidence };
      const other = otherPathOf(kit.blueprint, subject, answer.upstream ?? []);
      if (other !== undefined) return { status: 'failed', why: `the request came to the upstream at ${other}`, evidence };
      return (call.path.split('?')[1] ?? '') !== (sample.query ?? '') ? { status: 'failed', why: 'the upstream was told a parameter that nobody sent', evidence } : { status: 'passed', evidence };
    },
  }),
  defineCheck({
    id: 'AWS-17',
    claim: 'no further stage of the API lets through what the first one refuses',
    severity: 'high',
    source,
    needs: ['aws'],
    subjects: anywhere,
    run: async (subject: RouteSubject, kit) =>
      tryAll(kit, subject, (await kit.ways('aws')).filter((way) => way.own && way.beside !== undefined && !isPublic(kit.blueprint, way)), async (_way, at) => [...noToken, ...(await forged(kit, at))]),
  }),
  defineCheck({
    id: 'AWS-18',
    claim: 'a route that the blueprint does not declare lets nobody through, whatever token he has',
    severity: 'high',
    source,
    needs: ['aws'],
    subjects: anywhere,
    run: async (subject: RouteSubject, kit) => {
      const added = (await kit.ways('aws')).filter((way) => way.own && !way.stated);
      // Nothing but a read is sent with a good token to where nobody knows what it does, unless disturbing is allowed.
      const ways = added.filter((way) => kit.disruptive || ['GET', 'HEAD'].includes(methodOf(way)));
      return tryAll(kit, subject, ways, async (_way, at) => {
        const reads = { ...at, route: at.service.routes.find((route) => !route.public && route.method === 'GET') ?? at.route };
        return [{ label: `a good token for ${at.service.id}`, token: (await kit.good(reads)).reveal() }];
      });
    },
  }),
  defineCheck({
    id: 'AWS-19',
    claim: "no live route of any stage takes the attacker's signature",
    severity: 'critical',
    source: 'RFC 8725 section 3.1; API Gateway developer guide, JWT authorizers',
    needs: ['aws'],
    subjects: anywhere,
    run: async (subject: RouteSubject, kit) => tryAll(kit, subject, (await kit.ways('aws')).filter((way) => way.own && !isPublic(kit.blueprint, way)), (_way, at) => forged(kit, { ...at, route: at.service.routes.find((route) => !route.public) ?? at.route })),
  }),
  nothingThat('AWS-20', "nothing at API Gateway that the blueprint does not know opens anything, leads to what manages or decides, or sends tokens elsewhere", 'critical', ['opens', 'exposes']),
  nothingThat('AWS-21', 'no guard at API Gateway is thinner than the blueprint has it', 'high', ['weakens']),
];

import type { Authentication, Blueprint, Gateway, Service } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Provider } from '../../core/provider.ts';
import type { Evidence } from '../../core/report.ts';
import type { Danger, Live } from '../../core/resource.ts';
import type { Secret } from '../../core/secret.ts';
import { isGrpc, isListed, listedFor, ownTokenHolders } from '../../access/index.ts';
import { publicOrigin } from '../../patterns/session-service.ts';
import { isBound } from '../../patterns/bound.ts';
import { exchangingClients } from '../../patterns/token-exchange.ts';
import type { Need, RouteSubject } from '../subject.ts';
import { asSent, conditionsOf, noCall } from './attack.ts';
import type { Attack } from './attack.ts';
import type { Fixtures } from './fixtures/index.ts';
import { askableOf, createFurtherTokens, furtherClient } from './further.ts';
import { NotGiven, missingToken, servicesToBe } from './given.ts';
import type { Harness } from './harness.ts';
import { CHECK_HEADER, newCheckId } from './http.ts';
import type { HttpAnswer } from './http.ts';
import type { Clock, Network } from './network.ts';
import { liveReach } from './reach.ts';
import type { LiveReach } from './reach.ts';
import { createRecorders } from './recorder.ts';
import type { RecordedCall } from './recorder.ts';
import { createTokens } from './tokens.ts';
import type { Tokens } from './tokens.ts';
import { createSessions } from './sessions.ts';
import { createWrites, NotSent } from './writes.ts';

export type { Attack } from './attack.ts';

export interface Answer extends HttpAnswer {
  /** What the upstream received for this request; `undefined` when the upstream cannot be observed. */
  readonly upstream: readonly RecordedCall[] | undefined;
  readonly evidence: Evidence;
}

/** Everything a check may use. Tokens in it are secrets: they go on the wire, never into a verdict. */
export interface Kit extends Network {
  readonly blueprint: Blueprint;
  readonly tokens: Tokens;
  /**
   * Sends an attack through the gateway and asks the upstream what it saw. Throws `VERIFY_RECORDER_BLIND` when that cannot be known, and
   * `NotSent` where it is a write with a valid credential and nothing gives leave for it.
   */
  readonly call: (subject: RouteSubject, attack: Attack) => Promise<Answer>;
  /**
   * Sends attacks one after the other, and asks the upstream once what it saw of them all. In the place of an answer stands the problem when
   * it is not known whether the upstream saw that request, and why it was not sent where there was no leave to.
   */
  readonly callAll: (subject: RouteSubject, attacks: readonly Attack[]) => Promise<readonly (Answer | Problem | NotSent)[]>;
  /** The same in two: they are sent, and the upstream is asked when the answers are asked for. What many ask for at once is one question. */
  readonly sendAll: (subject: RouteSubject, attacks: readonly Attack[]) => Promise<() => ReturnType<Kit['callAll']>>;
  /** Whether a write with a valid credential may be sent to this route. */
  readonly mayWrite: (subject: RouteSubject) => boolean;
  /**
   * Writes bytes as they are to the gateway of a route, and asks the upstream what it saw. `bytes` makes them for the host by which the route is
   * asked for, the id under which calls are recorded, the headers by which the route is known, and the path below which the gateway has its routes.
   */
  readonly callBytes: (subject: RouteSubject, label: string, bytes: (host: string, check: string, headers: readonly string[], base: string) => string) => Promise<Answer>;
  /** A token that must pass on this route, of somebody the blueprint expects to pass. */
  readonly good: (subject: RouteSubject) => Promise<Secret>;
  /** The persona or client of ours that `good` stands for. */
  readonly whoPasses: (subject: RouteSubject) => string | undefined;
  /**
   * What a caller shows: a session cookie's value where the service is behind sessions, else the access token of a persona (signed in as the
   * service asks, by default as the blueprint does) or of a service client, with all its scopes.
   */
  readonly tokenOf: (who: string, service?: Service) => Promise<Secret>;
  /** Present when the harness holds a key that the issuer publishes. */
  readonly harness: Harness | undefined;
  /** By which a check makes what it needs on a server: it goes at the end of the run, however that ends. */
  readonly fixtures: Fixtures;
  readonly has: (need: Need, subject: RouteSubject | undefined) => boolean;
  /** The live objects of a kind, read once per run through the provider. */
  readonly live: (kind: string) => Promise<readonly Live[]>;
  /** What is within reach at Kong and neither stated nor accepted, worked out once per run. */
  readonly reach: () => Promise<readonly Danger[]>;
  /** The same at API Gateway. */
  readonly awsReach: () => Promise<readonly Danger[]>;
  /** The same of the realm at Keycloak. */
  readonly realmReach: () => Promise<readonly Danger[]>;
  /** Every live way by a gateway to what the blueprint protects, whoever made it, worked out once per run. */
  readonly ways: LiveReach['ways'];
  readonly disruptive: boolean;
  /** Every answer so far but for those of ways of others, for claims about the whole run (no 5xx, nothing slow, no token echoed). */
  readonly journal: readonly JournalEntry[];
}

export interface JournalEntry {
  readonly subject: string;
  readonly label: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Whether the request carried anything that could be a token, wherever. */
  readonly presented: boolean;
  /** Whether a token that was sent, or the signature of one, came back in the answer. */
  readonly echoed: boolean;
  readonly hostile: boolean;
  readonly wwwAuthenticate: string | undefined;
  readonly cacheControl: string | undefined;
  readonly setsCookie: boolean;
  readonly body: string;
}

/** All answers, for a claim that none of them may be missing from. Throws the problem of the first one that is not known, or was not sent. */
export const knownAnswers = async (kit: Pick<Kit, 'callAll'>, subject: RouteSubject, attacks: readonly Attack[]): Promise<readonly Answer[]> =>
  (await kit.callAll(subject, attacks)).map(knownAnswer);

/** An answer that must be known. Throws the problem where it is not, and why it was not sent. */
export const knownAnswer = (answer: Answer | Problem | NotSent | undefined): Answer => {
  if (answer === undefined || answer instanceof Problem || answer instanceof NotSent) throw answer ?? new Error('no attack was sent');
  return answer;
};

interface KitInput {
  readonly blueprint: Blueprint;
  readonly network: Network;
  readonly providers: readonly Provider[];
  readonly disruptive: boolean;
  /** The services are the local stack's own: nothing in them is anybody's. */
  readonly local: boolean;
  readonly harness: Harness | undefined;
  readonly fixtures: Fixtures;
  /** Requests per second at the most. */
  readonly rate: number;
}

/** A good token was asked for where the blueprint lets nobody in: what needs one is skipped there. */
export class NobodyPasses extends Error {
  override readonly name = 'NobodyPasses';
}

/** The first of ours who may pass and whose token can be had. A token of a further issuer is judged by other keys and rules: attacks are made of it apart. */
const passerOf = (blueprint: Blueprint, route: RouteSubject['route']): string | undefined =>
  ownTokenHolders(blueprint).find((who) => isListed(blueprint, who, route) && missingToken(blueprint, who) === undefined);

export const createKit = ({ blueprint, network, providers, disruptive, local, harness, fixtures, rate }: KitInput): Kit => {
  const { send, sendBytes, clock } = network;
  const tokens = createTokens(blueprint, network);
  const recorders = createRecorders(send);
  const journal: JournalEntry[] = [];
  const lists = new Map<string, Promise<readonly Live[]>>();
  const pace = pacer(rate, clock);
  const bases = gatewayBases(providers, blueprint);
  const spent = new Set<Gateway>();

  const writes = createWrites({ local, disruptive, exchanging: exchangingClients(blueprint) });

  const sessions = createSessions(blueprint, network);
  const furtherToken = createFurtherTokens(blueprint, network);
  const tokenOf = async (who: string, service?: Service): Promise<Secret> => writes.issue(await credentialOf(who, service));
  const credentialOf = async (who: string, service?: Service): Promise<Secret> => {
    const further = furtherClient(blueprint, who);
    return further ? furtherToken(further) : ownCredentialOf(who, service);
  };
  const ownCredentialOf = async (who: string, service?: Service): Promise<Secret> =>
    service?.authentication.session ? sessions.cookieOf(who, service.authentication) :
    blueprint.personas[who] ? (await tokens.persona(who, undefined, service?.authentication)).access : (await tokens.client(who)).access;

  interface Sent {
    readonly id: string;
    readonly answerWith: (upstream: readonly RecordedCall[] | undefined) => Answer;
  }
  const sendOne = async (subject: RouteSubject, attack: Attack): Promise<Sent | NotSent> => {
    await pace();
    const id = newCheckId();
    const { method, path, query, headers, body, grpc } = asSent(blueprint, subject, attack, () => writes.isGood(subject, attack));
    const certified = subject.gateway === 'kong' && attack.around !== true && attack.base === undefined ? tokens.certificates.at(subject.service.authentication, attack.shows) : undefined;
    const base = attack.around === true ? subject.service.upstream : (attack.base ?? certified?.base ?? (await bases(subject.gateway)));
    const url = `${base}${path}${query === undefined ? '' : `?${query}`}`;
    const plain = [...(attack.token === undefined ? [] : credentials(subject.service, method, attack.token, blueprint)), ...headers];
    const bound = isBound(subject.service.authentication, 'dpop');
    const proves = bound && attack.proven !== true && attack.base === undefined;
    const once = async (): Promise<HttpAnswer> => {
      // A proof is for the address by which clients ask, whichever way it goes.
      const asked = attack.around === true ? `${await bases(subject.gateway)}${path}` : url;
      const shown = proves ? withProof(plain, (token) => tokens.proofs.prove(method, asked, token)) : plain;
      return send({
        url,
        method,
        headers: [
          [CHECK_HEADER, id],
          ...(grpc || headers.some(([name]) => name.toLowerCase() === 'accept') ? [] : [['Accept', 'application/json'] as const]),
          ...shown,
          ...(body === undefined || grpc ? [] : [['Content-Length', String(Buffer.byteLength(body))] as const]),
          ...(body === undefined || headers.some(([name]) => name.toLowerCase() === 'content-type')
            ? []
            : [['Content-Type', 'application/json'] as const]),
        ],
        ...(body !== undefined && { body }),
        ...(certified && { tls: certified.tls }),
        ...(grpc && { grpc }),
      });
    };
    const request = async (): Promise<HttpAnswer> => {
      const answer = await once();
      return bound && tokens.proofs.told(answer) && proves ? once() : answer;
    };
    const answer = await patiently(request, { more: spent.has(subject.gateway) || !mayBeTooMany(subject) ? 0 : PATIENCE, clock });
    if (answer.unsent !== undefined) return new NotSent(answer.unsent);
    // One that lets nobody in at all is not waited for again and again.
    if (answer.status === 429 && subject.gateway === 'aws') spent.add(subject.gateway);
    if (attack.foreign !== true) journal.push(journalEntry(subject, attack, answer));
    const asked = `${method} ${path}${attack.around === true ? ' at the service itself' : ''} with ${attack.label}`;
    const { status, failure = answer.told } = answer;
    const answerWith: Sent['answerWith'] = (upstream) => ({
      ...answer,
      upstream,
      evidence: { request: asked, status, ...(failure !== undefined && { answer: failure }), ...(upstream && { upstreamCalls: upstream.length }) },
    });
    return { id, answerWith };
  };

  const refusalOf = (subject: RouteSubject, attack: Attack): NotSent | undefined => {
    const why = noCall(subject, attack);
    return why === undefined ? writes.refusal(subject, attack) : new NotSent(why);
  };
  const sendAll: Kit['sendAll'] = async (subject, attacks) => {
    const seen = await recorders.watchAll(subject.service);
    const sent: (Sent | NotSent)[] = [];
    for (const attack of attacks) sent.push(refusalOf(subject, attack) ?? (await sendOne(subject, attack)));
    const ids = sent.flatMap((one) => (one instanceof NotSent ? [] : [one.id]));
    return async () => {
      const calls = ids.length === 0 ? [] : await seen(ids);
      return sent.map((one) => {
        if (one instanceof NotSent) return one;
        const upstream = calls[ids.indexOf(one.id)];
        return upstream instanceof Problem ? upstream : one.answerWith(upstream);
      });
    };
  };
  const callAll: Kit['callAll'] = async (subject, attacks) => (await sendAll(subject, attacks))();

  const call = async (subject: RouteSubject, attack: Attack): Promise<Answer> => {
    if (attack.unwatched) {
      const sent = refusalOf(subject, attack) ?? (await sendOne(subject, attack));
      if (sent instanceof NotSent) throw sent;
      return sent.answerWith(undefined);
    }
    return knownAnswer((await callAll(subject, [attack]))[0]);
  };

  const callBytes: Kit['callBytes'] = async (subject, label, bytes) => {
    if (isGrpc(subject.route)) throw new NotSent('not tried: these are bytes of HTTP/1.1, by which nobody meets a route of gRPC');
    await pace();
    const id = newCheckId();
    const certified = subject.gateway === 'kong' ? tokens.certificates.at(subject.service.authentication) : undefined;
    const url = certified?.base ?? (await bases(subject.gateway));
    const calls = await recorders.watch(subject.service);
    const [host, others] = hostAndOthers(conditionsOf(blueprint, subject));
    const answer = await sendBytes(url, bytes(host ?? new URL(url).host, id, others, new URL(url).pathname.replace(/\/$/, '')), certified?.tls);
    const upstream = await calls(id);
    return { ...answer, upstream, evidence: { request: label, status: answer.status, ...(upstream && { upstreamCalls: upstream.length }) } };
  };

  const live: Kit['live'] = (kind) => {
    const held = lists.get(kind);
    if (held) return held;
    const found = providers.flatMap(({ kinds }) => kinds).find(({ name }) => name === kind);
    const listing = found ? found.list() : Promise.resolve([]);
    lists.set(kind, listing);
    return listing;
  };
  const { reach, awsReach, realmReach, ways } = liveReach({ blueprint, providers, live, fixtures });

  return {
    ...network,
    send: tokens.certificates.beside(tokens.proofs.beside(send)),
    blueprint,
    tokens,
    reach,
    awsReach,
    realmReach,
    ways,
    call,
    callAll,
    sendAll,
    callBytes,
    mayWrite: writes.mayWrite,
    tokenOf,
    whoPasses: ({ route }) => passerOf(blueprint, route),
    good: async (subject) => {
      const who = passerOf(blueprint, subject.route);
      const listed = listedFor(blueprint, subject.route).filter((one) => furtherClient(blueprint, one) === undefined);
      if (who === undefined && listed.length > 0)
        throw new NotGiven(listed.map((one) => missingToken(blueprint, one)).join('; '));
      if (who === undefined) throw new NobodyPasses(`nobody is expected to pass ${subject.name}`);
      return tokenOf(who, subject.service);
    },
    harness,
    fixtures,
    has: (need, subject) => hasNeed(need, subject, { blueprint, disruptive, harness }),
    live,
    disruptive,
    journal,
  };
};

const rateLimitOf = ({ gateway, service, route }: RouteSubject) => (gateway === 'kong' ? (route.rateLimit ?? service.rateLimit) : undefined);

/**
 * Where a request may be one too many: at Kong by the blueprint alone, at API Gateway always, by the stage's limits or the account's.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
const mayBeTooMany = (subject: RouteSubject): boolean => subject.gateway === 'aws' || rateLimitOf(subject) !== undefined;

/** How often a gateway that counts is asked again, and how long it is waited for: its next minute, and no longer. */
const [PATIENCE, LONGEST] = [3, 60];
/** API Gateway names no time: its bucket fills again by the second. */
const UNNAMED = 1;

/** Where requests are counted, many of ours are too many at once: it is asked again when it says. */
const patiently = async (request: () => Promise<HttpAnswer>, { more, clock }: { readonly more: number; readonly clock: Clock }): Promise<HttpAnswer> => {
  const answer = await request();
  const seconds = Number(answer.headers['retry-after'] ?? UNNAMED);
  if (more === 0 || answer.status !== 429 || !(seconds > 0 && seconds <= LONGEST)) return answer;
  await clock.wait(seconds * 1000);
  return patiently(request, { more: more - 1, clock });
};

const hostAndOthers = (headers: readonly (readonly [name: string, value: string])[]): readonly [host: string | undefined, others: readonly string[]] => [
  headers.find(([name]) => name === 'Host')?.[1],
  headers.filter(([name]) => name !== 'Host').map((header) => header.join(': ')),
];

/** As the client of a service shows who it is. A browser says where a write comes from: without that, a session's is refused. */
const credentials = (
  { authentication }: Service, method: string, token: string, blueprint: Blueprint,
): readonly (readonly [name: string, value: string])[] => {
  const { session } = authentication;
  if (!session) return [['Authorization', `Bearer ${token}`]];
  const origin = ['GET', 'HEAD', 'OPTIONS'].includes(method) ? undefined : publicOrigin(blueprint, authentication);
  return [['Cookie', `${session.cookie}=${token}`], ...(origin === undefined ? [] : [['Origin', origin] as const])];
};

/** Where tokens are bound, what is said of a bearer's is said of theirs: by their scheme, in the same letters, and with a proof of the key. */
const withProof = (headers: readonly (readonly [name: string, value: string])[], prove: (token: string) => string): readonly (readonly [name: string, value: string])[] => {
  const changed = headers.map(([name, value]) => {
    const [, scheme = '', token] = name.toLowerCase() === 'authorization' ? (/^(bearer) +(\S+)$/i.exec(value) ?? []) : [];
    return token === undefined ? { header: [name, value] as const } : { header: [name, `${scheme === 'bearer' ? 'dpop' : scheme === 'BEARER' ? 'DPOP' : 'DPoP'} ${token}`] as const, token };
  });
  const token = changed.find((one) => one.token !== undefined)?.token;
  return [...changed.map(({ header }) => header), ...(token === undefined ? [] : [['DPoP', prove(token)] as const])];
};

/** Headers in which a token could travel. */
const MAY_HOLD_A_TOKEN = /authorization|cookie|token/i;

const journalEntry = (subject: RouteSubject, attack: Attack, answer: HttpAnswer): JournalEntry => {
  const sent = [attack.token ?? '', ...(attack.headers ?? []).map(([, value]) => value), attack.query ?? ''].join(' ');
  const signatures = [...sent.matchAll(/ey[\w-]+\.[\w-]+\.([\w-]{20,})/g)].map((match) => match[1] as string);
  const opaque = (attack.token?.length ?? 0) >= 20 && signatures.length === 0 ? [attack.token ?? ''] : [];
  return {
    subject: subject.name,
    label: attack.label,
    status: answer.status,
    milliseconds: answer.milliseconds,
    presented:
      attack.token !== undefined ||
      attack.query !== undefined ||
      attack.body !== undefined ||
      attack.headers?.some(([name]) => MAY_HOLD_A_TOKEN.test(name)) === true,
    echoed: [...signatures, ...opaque].some((secret) => answer.body.includes(secret) || Object.values(answer.headers).some((value) => value.includes(secret))),
    hostile: attack.label !== 'a good token' && attack.benign !== true,
    wwwAuthenticate: answer.headers['www-authenticate'],
    cacheControl: answer.headers['cache-control'],
    setsCookie: answer.setCookies.length > 0,
    body: answer.status >= 400 ? answer.body.slice(0, 2000) : '',
  };
};

/** Base URL of each gateway: Kong's proxy as the blueprint says it, AWS's endpoint as the live API names it. */
const gatewayBases = (providers: readonly Provider[], blueprint: Blueprint) => {
  let aws: Promise<string> | undefined;
  const readAws = async (): Promise<string> => {
    const endpoint = await providers.find(({ name }) => name === 'aws')?.output?.('endpoint');
    // A request to nowhere has status 0, so that every verdict on a missing API is a failed control.
    return typeof endpoint === 'string' ? endpoint : 'http://127.0.0.1:9';
  };
  return (gateway: RouteSubject['gateway']): Promise<string> => {
    if (gateway === 'aws') return (aws ??= readAws());
    return Promise.resolve((blueprint.targets.kong?.proxy.url ?? 'http://127.0.0.1:9').replace(/\/$/, ''));
  };
};

/** Whether a run has what a check cannot do without. */
export const hasNeed = (
  need: Need,
  subject: RouteSubject | undefined,
  { blueprint, disruptive, harness }: { blueprint: Blueprint; disruptive: boolean; harness: Harness | undefined },
): boolean => {
  switch (need) {
    case 'issuer-key':
      return harness !== undefined && (subject === undefined || takesTokensOfOurMaking(subject.service.authentication));
    case 'disruptive':
      return disruptive;
    case 'realm':
      return blueprint.foreign === undefined;
    case 'upstream':
      return subject?.service.recorder !== undefined;
    case 'store':
      return subject?.service.authentication.session?.storeUrl !== undefined;
    case 'second-node':
      return blueprint.targets.kong?.proxy.secondNode !== undefined;
    case 'second-audience':
      return new Set(Object.values(blueprint.services).map(({ audiences }) => audiences.toSorted().join(' '))).size > 1;
    case 'cookie': {
      const { token, session } = (subject?.service ?? blueprint).authentication;
      return (session ?? token).cookie !== undefined;
    }
    case 'kong':
      return blueprint.targets.kong !== undefined;
    case 'aws':
      return blueprint.targets.aws !== undefined;
    case 'opa':
      return blueprint.targets.opa !== undefined;
    case 'persona':
      return Object.values(blueprint.personas).some(({ token }) => !blueprint.foreign || token !== undefined);
    case 'further-issuer':
      return askableOf(blueprint).length > 0;
    case 'service-client':
      return servicesToBe(blueprint).length > 0;
    case 'origins':
      return (subject?.service ?? blueprint).authentication.origins.length > 0 && !(subject && isGrpc(subject.route));
  }
};

/** An opaque token or a session is what its issuer says it is: one of our own making proves nothing about the gateway, whoever signed it. */
export const takesTokensOfOurMaking = ({ pattern }: Authentication): boolean => pattern !== 'opaque' && pattern !== 'session';

/** Milliseconds by which a caller may be early: to wait for each of many short turns costs more than the requests. */
const EARLY = 100;

/** Lets at most `rate` callers through per second, evenly by the tenth of a second. */
const pacer = (rate: number, { now, wait }: Clock): (() => Promise<void>) => {
  let next = 0;
  return async () => {
    const begun = now();
    const at = Math.max(begun, next);
    next = at + 1000 / rate;
    if (at - begun >= EARLY) await wait(at - begun);
  };
};

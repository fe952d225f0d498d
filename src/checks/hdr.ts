import { gatewayVerifies } from '../patterns/who.ts';
import type { Check, RouteSubject } from './contract.ts';
import { defineCheck } from './contract.ts';
import type { Answer, Attack, Kit } from './kit/index.ts';
import { behindKong, oneReadPerService, protectedReads, publicRoutes } from './refuses.ts';

const SPOOF = 'authctl-spoofed';

/** Identity headers that gateways, proxies and frameworks set and that upstreams trust. */
const IDENTITY = [
  'X-Consumer-ID', 'X-Consumer-Username', 'X-Consumer-Custom-ID', 'X-Consumer-Groups', 'X-Credential-Identifier', 'X-Anonymous-Consumer',
  'X-Authenticated-Groups', 'X-Authenticated-Scope', 'X-Authenticated-Userid', 'X-Userinfo', 'X-Access-Token', 'X-ID-Token',
  'X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Groups', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Access-Token',
  'X-Auth-Subject', 'X-Auth-Roles', 'X-User', 'X-User-Id', 'X-Remote-User', 'Remote-User', 'OIDC_CLAIM_sub', 'OIDC_access_token',
];

/** As sent, in capitals, and with underscores: CGI and WSGI upstreams read all of them as one name. */
const spellings = (name: string): readonly string[] => [name, name.toUpperCase(), name.replaceAll('-', '_'), name.replace('-', '_')];

const spoofed = (names: readonly string[]): Attack['headers'] => [...new Set(names.flatMap(spellings))].map((name) => [name, SPOOF] as const);

const stripped = async (kit: Kit, subject: RouteSubject, attacks: readonly Attack[]): ReturnType<Check['run']> => {
  const answers: Answer[] = [];
  for (const attack of attacks) answers.push(await kit.call(subject, attack));
  const evidence = answers.map((answer) => answer.evidence);
  const crash = answers.find(({ status }) => status >= 500 || status === 0);
  if (crash) return { status: 'crashed', why: `got ${crash.status}`, evidence };
  const leaks = new Set(
    answers.flatMap(({ upstream = [] }) =>
      upstream.flatMap(({ headers }) => Object.entries(headers).filter(([, value]) => value.includes(SPOOF)).map(([name]) => name)),
    ),
  );
  // Nothing of the client's may arrive; a refusal of the whole request is as good.
  return leaks.size === 0
    ? { status: 'passed', evidence }
    : { status: 'failed', why: `the upstream received the client's own ${[...leaks].join(', ')}`, hint: 'is the token guard on the route?', evidence };
};

/** Headers: what says who the caller is comes from the gateway, never from the caller. */
export const hdr: readonly Check[] = [
  defineCheck({
    id: 'HDR-01',
    credential: 'any',
    claim: 'identity headers that a client sends do not reach the upstream beside a valid token',
    severity: 'critical',
    source: 'CWE-290; Kong documentation, jwt plugin, upstream headers',
    needs: ['upstream'],
    subjects: behindKong(protectedReads),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      return stripped(kit, subject, [
        { label: 'a good token and spoofed X-Consumer headers', token, headers: spoofed(IDENTITY.slice(0, 9)) ?? [] },
        { label: 'a good token and other spoofed identity headers', token, headers: spoofed(IDENTITY.slice(9)) ?? [] },
      ]);
    },
  }),
  defineCheck({
    id: 'HDR-02',
    credential: 'any',
    claim: 'identity headers that a client sends do not reach the upstream of a public route',
    severity: 'high',
    source: 'CWE-290',
    needs: ['upstream'],
    subjects: behindKong(publicRoutes),
    run: (subject, kit) =>
      stripped(kit, subject, [
        { label: 'spoofed X-Consumer headers', headers: spoofed(IDENTITY.slice(0, 9)) ?? [] },
        { label: 'other spoofed identity headers', headers: spoofed(IDENTITY.slice(9)) ?? [] },
      ]),
  }),
  defineCheck({
    id: 'HDR-04',
    credential: 'any',
    claim: 'a bad token is never let in as an anonymous consumer',
    severity: 'high',
    source: 'Kong documentation, config.anonymous',
    subjects: behindKong(protectedReads),
    run: async (subject, kit) => {
      const answer = await kit.call(subject, { label: 'a bad token', token: 'bad' });
      const anonymous = answer.upstream?.some(({ headers }) => headers['x-anonymous-consumer'] !== undefined) ?? false;
      if (answer.status === 401 && !anonymous) return { status: 'passed', evidence: [answer.evidence] };
      return { status: answer.status >= 500 ? 'crashed' : 'failed', why: `got ${answer.status}${anonymous ? ' as anonymous' : ''}`, evidence: [answer.evidence] };
    },
  }),
  defineCheck({
    id: 'HDR-05',
    claim: 'the token reaches the upstream only where the blueprint says so, and its cookie never does',
    severity: 'high',
    source: 'RFC 9700 section 4.9; the blueprint: authentication.token.relay',
    needs: ['upstream'],
    // A service that verifies for itself must get what the client sent.
    subjects: (blueprint) => behindKong(protectedReads)(blueprint).filter(({ service }) => gatewayVerifies(service)),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      const { relay, cookie } = subject.service.authentication.token;
      const answers = [await kit.call(subject, { label: 'a good token', token })];
      if (cookie !== undefined) answers.push(await kit.call(subject, { label: 'a good token in the cookie', headers: [['Cookie', `${cookie}=${token}`]] }));
      const evidence = answers.map((answer) => answer.evidence);
      for (const { upstream } of answers) {
        const headers = upstream?.[0]?.headers;
        if (!headers) return { status: 'failed', why: 'a good request did not reach the upstream', evidence };
        const relayed = headers.authorization !== undefined;
        if (relayed !== (relay === 'header')) return { status: 'failed', why: `the upstream received ${relayed ? 'a' : 'no'} token, the blueprint says relay: ${relay}`, evidence };
        if (cookie !== undefined && headers.cookie?.includes(cookie)) return { status: 'failed', why: 'the upstream received the token cookie', evidence };
      }
      return { status: 'passed', evidence };
    },
  }),
  defineCheck({
    id: 'HDR-07',
    credential: 'any',
    claim: 'a request whose length is ambiguous does not smuggle a second one past the token',
    severity: 'high',
    source: 'RFC 9112 sections 6.1 and 11.2; CWE-444',
    needs: ['upstream'],
    subjects: oneReadPerService,
    run: async (subject, kit) => {
      const body = `0\r\n\r\nGET ${subject.route.path} HTTP/1.1\r\nHost: x\r\n\r\n`;
      const answer = await kit.call(subject, {
        label: 'Content-Length beside Transfer-Encoding',
        method: 'POST',
        body,
        headers: [['Transfer-Encoding', 'chunked']],
      });
      const seen = answer.upstream?.length ?? 0;
      if (seen > 0) return { status: 'failed', why: `the upstream saw ${seen} calls`, evidence: [answer.evidence] };
      const refused = answer.status === 0 || (answer.status >= 400 && answer.status < 500);
      return refused
        ? { status: 'passed', evidence: [answer.evidence] }
        : { status: answer.status >= 500 ? 'crashed' : 'failed', why: `got ${answer.status}`, evidence: [answer.evidence] };
    },
  }),
];

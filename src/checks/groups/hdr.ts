import { kongVerifies, pathFor } from '../../access/index.ts';
import { KONG_HEADERS, PROXY_HEADERS } from '../../patterns/kong/identity-headers.ts';
import type { Evidence } from '../../core/report.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { CHECK_HEADER } from '../kit/http.ts';
import { knownAnswers } from '../kit/index.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { brokeDown, gotThrough } from '../kit/through.ts';
import { behindKong, oneReadPerService, protectedReads, publicRoutes } from '../refuses.ts';

const SPOOF = 'authctl-spoofed';

/** As sent, in capitals, and with underscores: CGI and WSGI upstreams read all of them as one name. */
const spellings = (name: string): readonly string[] => [name, name.toUpperCase(), name.replaceAll('-', '_'), name.replace('-', '_')];

/** Lengths that two readers take differently: the header lines that end a request, and a body in which a second request hides. */
const FRAMINGS: Readonly<Record<string, (hidden: string) => string>> = {
  'Content-Length beside chunks': (hidden) => `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'chunks beside a short Content-Length': (hidden) =>
    `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
  'a Transfer-Encoding that is none': (hidden) =>
    `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
  'a blank before the colon': (hidden) => `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'two Content-Lengths': (hidden) => `Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
};

const spoofed = (names: readonly string[]): NonNullable<Attack['headers']> => [...new Set(names.flatMap(spellings))].map((name) => [name, SPOOF] as const);

const stripped = async (kit: Kit, subject: RouteSubject, attacks: readonly Attack[]): ReturnType<Check['run']> => {
  const answers = await knownAnswers(kit, subject, attacks);
  const evidence = answers.map((answer) => answer.evidence);
  const crash = answers.find(({ status }) => brokeDown({ status }));
  if (crash) return { status: 'crashed', why: `got ${crash.status}`, evidence };
  const leaks = new Set(
    answers.flatMap(({ upstream = [] }) =>
      upstream.flatMap(({ headers }) => Object.entries(headers).filter(([, value]) => value.includes(SPOOF)).map(([name]) => name)),
    ),
  );
  if (leaks.size > 0)
    return { status: 'failed', why: `the upstream received the client's own ${[...leaks].join(', ')}`, hint: 'is the token guard on the route?', evidence };
  // A request that went nowhere says nothing about what of it would have arrived.
  const lost = answers.find(({ upstream = [] }) => upstream.length === 0);
  return lost
    ? { status: 'inconclusive', why: `the request got ${lost.status} and did not reach the upstream: what would have arrived is not known`, evidence }
    : { status: 'passed', evidence };
};

/** Headers: what says who the caller is comes from the gateway, never from the caller. */
export const hdr: readonly Check[] = [
  defineCheck({
    id: 'HDR-01',
    credential: 'any',
    claim: 'identity headers of the gateway that a client sends do not reach the upstream beside a valid token',
    severity: 'critical',
    source: 'CWE-290; Kong documentation, jwt plugin, upstream headers',
    needs: ['upstream'],
    subjects: behindKong(protectedReads),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      return stripped(kit, subject, [{ label: 'a good token and spoofed X-Consumer headers', token, headers: spoofed(KONG_HEADERS) }]);
    },
  }),
  defineCheck({
    id: 'HDR-03',
    claim: 'identity headers of proxies and frameworks (X-Userinfo, X-Forwarded-User, X-Auth-*) that a client sends do not reach the upstream',
    severity: 'high',
    source: 'ASVS 5.0 4.1.3; CWE-290',
    needs: ['upstream'],
    subjects: behindKong(protectedReads),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      return stripped(kit, subject, [{ label: 'a good token and other spoofed identity headers', token, headers: spoofed(PROXY_HEADERS) }]);
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
        { label: 'spoofed X-Consumer headers', headers: spoofed(KONG_HEADERS) },
        { label: 'other spoofed identity headers', headers: spoofed(PROXY_HEADERS) },
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
    subjects: (blueprint) => behindKong(protectedReads)(blueprint).filter(({ service }) => kongVerifies(service)),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      const { relay, cookie } = subject.service.authentication.token;
      const answers = [await kit.call(subject, { label: 'a good token', token })];
      if (cookie !== undefined) answers.push(await kit.call(subject, { label: 'a good token in the cookie', headers: [['Cookie', `${cookie}=${token}`]] }));
      const evidence = answers.map((answer) => answer.evidence);
      for (const { upstream } of answers) {
        const headers = upstream?.[0]?.headers;
        if (!headers) return { status: 'inconclusive', why: 'a good request did not reach the upstream', evidence };
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
      const token = (await kit.good(subject)).reveal();
      const path = pathFor(subject.service, subject.route, kit.whoPasses(subject));
      const evidence: Evidence[] = [];
      for (const [label, framing] of Object.entries(FRAMINGS)) {
        const answer = await kit.callBytes(subject, label, (host, check, known, base) => {
          const lines = (target: string): string => `GET ${base}${target} HTTP/1.1\r\nHost: ${host}\r\n${[...known, `${CHECK_HEADER}: ${check}`].join('\r\n')}\r\n`;
          return `${lines(path)}Authorization: Bearer ${token}\r\n${framing(`${lines(`${path}?${SPOOF}=1`)}\r\n`)}`;
        });
        // What waits in a connection to the upstream comes out with the next request.
        const next = await kit.call(subject, { label: 'a good token', token });
        evidence.push(answer.evidence, next.evidence);
        const smuggled = [...(answer.upstream ?? []), ...(next.upstream ?? [])].some((call) => call.path.includes(SPOOF));
        if (smuggled) return { status: 'failed', why: 'the upstream received the second request, which had no token', evidence };
        // 501 is how a server refuses a transfer coding that it does not know (RFC 9112 section 6.1); nginx does.
        if (answer.status >= 500 && answer.status !== 501) return { status: 'crashed', why: `got ${answer.status}`, evidence };
        if (!gotThrough(next) || next.upstream?.length !== 1)
          return { status: 'failed', why: `the next good request got ${next.status} and made ${next.upstream?.length ?? 0} calls`, evidence };
      }
      return { status: 'passed', evidence };
    },
  }),
];

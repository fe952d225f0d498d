import { pathLike } from '../../access/index.ts';
import { passes } from './pos.ts';
import type { Check } from '../contract.ts';
import type { Attack } from '../kit/index.ts';
import { defineCheck } from '../contract.ts';
import { behindKong, isOpen, oneReadPerService, protectedReads, refuses } from '../refuses.ts';
import { brokeDown } from '../kit/through.ts';

/** Presentation: the token counts only where the blueprint says it travels, and only once. */
export const pre: readonly Check[] = [
  refuses({
    id: 'PRE-01',
    claim: 'a token in the query string is not read',
    severity: 'high',
    source: 'RFC 9700 section 4.3.2; RFC 6750 section 2.3',
    status: [400, 401],
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      return ['jwt', 'access_token', 'token'].map((name) => ({ label: `the token as ?${name}=`, query: `${name}=${token}` }));
    },
  }),
  refuses({
    id: 'PRE-02',
    claim: 'a token in a form body is not read',
    severity: 'medium',
    source: 'RFC 6750 section 2.2',
    status: [400, 401],
    subjects: oneReadPerService,
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
      return [{ label: 'the token in a form', body: `access_token=${token}`, headers }];
    },
  }),
  refuses({
    id: 'PRE-03',
    claim: 'a token presented in two ways at once is refused',
    severity: 'medium',
    source: 'RFC 6750 section 2',
    status: [400, 401],
    subjects: behindKong(protectedReads),
    needs: ['cookie'],
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      const cookie = subject.service.authentication.token.cookie ?? '';
      return [
        { label: 'the token in header and query', token, query: `access_token=${token}` },
        { label: 'the token in header and cookie', token, headers: [['Cookie', `${cookie}=${token}`]] },
        { label: 'two cookies of the same name', headers: [['Cookie', `${cookie}=${token}; ${cookie}=${token}`]] },
      ];
    },
  }),
  refuses({
    id: 'PRE-04',
    claim: 'two Authorization headers are refused',
    severity: 'high',
    source: 'RFC 9110 section 5.3; RFC 6750 section 2',
    status: [400, 401],
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      return [
        { label: 'a good and a bad Authorization header', headers: [['Authorization', `Bearer ${token}`], ['Authorization', 'Bearer bad']] },
        { label: 'a bad and a good Authorization header', headers: [['Authorization', 'Bearer bad'], ['Authorization', `Bearer ${token}`]] },
        { label: 'two tokens in one header', headers: [['Authorization', `Bearer ${token}, Bearer bad`]] },
      ];
    },
  }),
  refuses({
    id: 'PRE-05',
    claim: 'a token in another header is not read',
    severity: 'medium',
    source: 'RFC 6750 section 2.1',
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      return ['X-Authorization', 'Proxy-Authorization', 'X-Forwarded-Access-Token', 'X-Access-Token', 'X-Token'].map((name) => ({
        label: `the token in ${name}`,
        headers: [[name, `Bearer ${token}`] as const],
      }));
    },
  }),
  defineCheck({
    id: 'PRE-07',
    claim: 'a method override header does not change what was decided on',
    severity: 'high',
    source: 'ASVS 5.0 4.1.4',
    needs: ['upstream'],
    subjects: behindKong(protectedReads),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      const names = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X_HTTP_Method_Override'];
      const answer = await kit.call(subject, { label: 'a good token and method overrides', token, headers: names.map((name) => [name, 'DELETE'] as const) });
      if (brokeDown(answer)) return { status: 'crashed', why: `got ${answer.status}`, evidence: [answer.evidence] };
      const [call] = answer.upstream ?? [];
      if (!call) return { status: 'inconclusive', why: `the request got ${answer.status} and did not reach the upstream`, evidence: [answer.evidence] };
      if (call.method !== subject.route.method) return { status: 'failed', why: `the upstream received ${call.method}`, evidence: [answer.evidence] };
      const leaked = Object.keys(call.headers).filter((name) => /method/.test(name));
      return leaked.length === 0
        ? { status: 'passed', evidence: [answer.evidence] }
        : { status: 'failed', why: `the upstream received ${leaked.join(', ')}`, evidence: [answer.evidence] };
    },
  }),
  refuses({
    id: 'PRE-08',
    claim: 'rewriting headers and foreign hosts do not lead around the token',
    severity: 'high',
    source: 'OWASP API8:2023',
    status: [400, 401, 403, 404, 421],
    attacks: ({ blueprint }, { gateway, service, route }) => {
      const path = pathLike(route, service.routes, () => '42');
      const rewritten: readonly Attack[] = [
        { label: 'X-Original-URL of a public path', headers: [['X-Original-URL', '/health']] },
        { label: 'X-Rewrite-URL of a public path', headers: [['X-Rewrite-URL', '/health']] },
        { label: 'X-Forwarded-Prefix', headers: [['X-Forwarded-Prefix', '/public']] },
      ];
      const spelled = [
        { label: 'a doubled slash', path: `/${path}` },
        { label: 'a dot segment', path: `/./${path.slice(1)}` },
        { label: 'an encoded first letter', path: `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}` },
        { label: 'a path parameter', path: `${path};a=b` },
        { label: 'a trailing slash', path: `${path}/` },
      ];
      return [...rewritten, ...spelled.filter((attack) => !isOpen(blueprint, gateway, attack.path))];
    },
  }),
  refuses({
    id: 'PRE-11',
    claim: 'an upgrade to WebSocket without a token is refused before it happens',
    severity: 'high',
    source: 'RFC 6455 section 10.5',
    status: [400, 401, 426],
    subjects: oneReadPerService,
    attacks: () => [
      {
        label: 'an upgrade without a token',
        headers: [['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Version', '13'], ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']],
      },
    ],
  }),
  defineCheck({
    id: 'PRE-12',
    claim: 'a token in the declared cookie is accepted',
    severity: 'high',
    source: 'the blueprint: authentication.token.cookie',
    needs: ['cookie'],
    subjects: behindKong(protectedReads),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      const cookie = subject.service.authentication.token.cookie ?? '';
      return passes(subject, kit, [{ label: 'a good token in the cookie', headers: [['Cookie', `theme=dark; ${cookie}=${token}`]] }]);
    },
  }),
];

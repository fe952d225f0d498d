import { writeOf } from '../../access/index.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { allRoutes, behindKong, oneReadPerService, protectedReads, refuses } from '../refuses.ts';
import { brokeDown } from '../kit/through.ts';

const cookieOf = ({ service }: RouteSubject): string => service.authentication.session?.cookie ?? service.authentication.token.cookie ?? '';

/** A protected route that writes, for CSRF: attacked only with requests that must be refused. */
const protectedWrites = (blueprint: Kit['blueprint']): readonly RouteSubject[] =>
  allRoutes(blueprint).flatMap((subject) => {
    const { gateway, route } = subject;
    const method = writeOf(route);
    return gateway === 'kong' && !route.public && method !== undefined ? [{ ...subject, route: { ...route, method } }] : [];
  });

const inCookie = async (kit: Kit, subject: RouteSubject): Promise<readonly [name: string, value: string]> =>
  ['Cookie', `${cookieOf(subject)}=${(await kit.good(subject)).reveal()}`];

/** What a page of a declared origin sends; where none is declared, a script with the custom header. */
const fromOurPage = async (kit: Kit, subject: RouteSubject): Promise<Attack> => {
  const [origin] = subject.service.authentication.origins;
  const proof = origin === undefined ? (['X-Requested-With', 'XMLHttpRequest'] as const) : (['Origin', origin] as const);
  return { label: `the cookie from a page of our own (${proof.join(': ')})`, headers: [await inCookie(kit, subject), proof] };
};

/** Cookies: a token that a browser sends by itself needs proof that the page meant it. */
export const coo: readonly Check[] = [
  refuses({
    id: 'COO-03',
    claim: 'a token under another cookie name is not read',
    severity: 'high',
    source: 'the blueprint: authentication.token.cookie',
    subjects: behindKong(protectedReads),
    challenge: 'none',
    control: async (kit, subject) =>
      kit.has('cookie', subject) ? { label: 'the token in the declared cookie', headers: [await inCookie(kit, subject)] } : undefined,
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      const name = cookieOf(subject);
      return ['jwt', 'access_token', 'session', name.replace('__Host-', ''), name.toUpperCase(), `x${name}`]
        .filter((other) => other !== name)
        .map((other) => ({ label: `the token in the cookie ${other}`, headers: [['Cookie', `${other}=${token}`] as const] }));
    },
  }),
  refuses({
    id: 'COO-04',
    claim: 'a cookie and a header that name two people are refused',
    severity: 'high',
    source: 'RFC 6750 section 2',
    needs: ['cookie', 'persona'],
    status: [400, 401],
    subjects: behindKong(protectedReads),
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const other = Object.keys(kit.blueprint.personas).at(-1) ?? '';
      const second = (await kit.tokenOf(other, subject.service)).reveal();
      return [{ label: 'one person in the header, another in the cookie', token: good, headers: [['Cookie', `${cookieOf(subject)}=${second}`]] }];
    },
  }),
  refuses({
    id: 'COO-05',
    credential: 'any',
    claim: 'a write that another site makes the browser send is refused (CSRF)',
    severity: 'critical',
    source: 'ASVS 5.0 3.5.1; OWASP CSRF prevention',
    needs: ['cookie', 'disruptive'],
    status: [403],
    subjects: protectedWrites,
    control: fromOurPage,
    attacks: async (kit, subject) => {
      if (kit.whoPasses(subject) === undefined) return [];
      const cookie = await inCookie(kit, subject);
      return [
        { label: 'a cookie and a foreign Origin', headers: [cookie, ['Origin', 'https://evil.example']] },
        { label: 'a cookie and Origin null', headers: [cookie, ['Origin', 'null']] },
        { label: 'a cookie and Sec-Fetch-Site cross-site', headers: [cookie, ['Sec-Fetch-Site', 'cross-site']] },
        { label: 'a cookie, a foreign Origin and a custom header', headers: [cookie, ['Origin', 'https://evil.example'], ['X-Requested-With', 'x']] },
        { label: 'a cookie and a foreign Referer', headers: [cookie, ['Referer', 'https://evil.example/page']] },
      ];
    },
    hint: 'the token guard refuses writes by cookie from undeclared origins',
  }),
  refuses({
    id: 'COO-06',
    credential: 'any',
    claim: 'a simple form or text post that rides on the cookie is refused',
    severity: 'high',
    source: 'Fetch standard, CORS-safelisted request; OWASP CSRF prevention',
    needs: ['cookie', 'disruptive'],
    status: [403, 415],
    subjects: protectedWrites,
    control: fromOurPage,
    attacks: async (kit, subject) => {
      if (kit.whoPasses(subject) === undefined) return [];
      const cookie = await inCookie(kit, subject);
      return ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'].map((type) => ({
        label: `a cookie and ${type}`,
        headers: [cookie, ['Content-Type', type] as const],
        body: '{"a":1}',
      }));
    },
  }),
  refuses({
    id: 'COO-09',
    claim: 'a token that is cut up over several cookies, or cut off, is not put together and not read in part',
    severity: 'low',
    source: 'RFC 6265 section 6.1',
    needs: ['cookie'],
    subjects: behindKong(oneReadPerService),
    control: async (kit, subject) => ({ label: 'the token in the declared cookie', headers: [await inCookie(kit, subject)] }),
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      const name = cookieOf(subject);
      const [front, back] = [token.slice(0, token.length / 2), token.slice(token.length / 2)];
      const cut = {
        'in two numbered cookies': `${name}.0=${front}; ${name}.1=${back}`,
        'in two cookies that count from the name': `${name}=${front}; ${name}1=${back}`,
        'after its first half': `${name}=${front}`,
        'by a semicolon': `${name}=${front};${back}`,
      };
      return Object.entries(cut).map(([how, value]) => ({ label: `the token cut ${how}`, headers: [['Cookie', value] as const] }));
    },
  }),
  defineCheck({
    id: 'COO-07',
    credential: 'any',
    claim: 'an origin that is not declared is not allowed by CORS',
    severity: 'high',
    source: 'Fetch standard, CORS protocol; ASVS 5.0 3.4.2',
    subjects: oneReadPerService,
    run: async (subject, kit) => {
      const evidence = [];
      const declared = subject.service.authentication.origins[0] ?? 'https://shop.example';
      const token = (await kit.good(subject)).reveal();
      const foreign = ['https://evil.example', 'null', `${declared}.evil.example`, declared.replace('https://', 'http://')];
      for (const origin of foreign.filter((one) => !subject.service.authentication.origins.includes(one))) {
        for (const preflight of [true, false]) {
          const answer = await kit.call(subject, {
            label: `${preflight ? 'a preflight' : 'a request'} from ${origin}`,
            ...(preflight ? { method: 'OPTIONS' } : { token }),
            headers: [['Origin', origin], ...(preflight ? [['Access-Control-Request-Method', subject.route.method] as const] : [])],
          });
          evidence.push(answer.evidence);
          const allowed = answer.headers['access-control-allow-origin'];
          const credentials = answer.headers['access-control-allow-credentials'] === 'true';
          if (brokeDown(answer)) return { status: 'crashed', why: `got ${answer.status}`, evidence: [answer.evidence] };
          if (allowed === origin || (allowed === '*' && credentials))
            return { status: 'failed', why: `${origin} is allowed (${allowed ?? ''}${credentials ? ', with credentials' : ''})`, evidence: [answer.evidence] };
        }
      }
      return { status: 'passed', evidence };
    },
  }),
];

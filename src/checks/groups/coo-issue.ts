import { SESSION_PATH } from '../../blueprint/checks/access.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Evidence } from '../../core/report.ts';
import { cookieSection } from '../../patterns/token-cookie.ts';
import type { Check, Outcome, PlainSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { freshToken } from '../kit/fresh.ts';
import { servicesToBe } from '../kit/given.ts';
import type { HttpAnswer } from '../kit/http.ts';
import type { Kit } from '../kit/index.ts';
import { partsOf } from '../kit/jws.ts';
import { brokeDown, gotThrough, statusText } from '../kit/through.ts';
import { post } from '../kit/tokens.ts';
import { behindKong, oneReadPerService } from '../refuses.ts';

type Headers = readonly (readonly [name: string, value: string])[];

interface Sent {
  readonly answer: HttpAnswer;
  readonly evidence: Evidence;
}

const whereSet = (blueprint: Blueprint): readonly PlainSubject[] => {
  const section = cookieSection(blueprint);
  return section && Object.keys(blueprint.personas).length > 0
    ? [{ name: `kong ${SESSION_PATH}`, origin: blueprint.at(`${section.path}.token.storage`), of: 'kong' }]
    : [];
};

/** What a page of a declared origin sends along. */
const ownPage = ({ blueprint }: Kit): Headers => [['Origin', cookieSection(blueprint)?.origins[0] ?? '']];
const bearer = (token: string): Headers => [['Authorization', `Bearer ${token}`]];

/** A request to the path where the gateway sets and clears the cookie. `label` holds no secret. */
const send = async (kit: Kit, method: 'POST' | 'DELETE', label: string, headers: Headers): Promise<Sent> => {
  const base = (kit.blueprint.targets.kong?.proxy.url ?? '').replace(/\/$/, '');
  const answer = await kit.send({ url: `${base}${SESSION_PATH}`, method, headers: [...headers, ['Content-Length', '0']] });
  const failure = answer.failure === undefined ? {} : { answer: answer.failure };
  return { answer, evidence: { request: `${method} ${SESSION_PATH} with ${label}`, status: answer.status, ...failure } };
};

const goodToken = async (kit: Kit): Promise<string> => (await kit.tokens.persona(Object.keys(kit.blueprint.personas)[0] ?? '')).access.reveal();
const cookieOf = ({ blueprint }: Kit): string => cookieSection(blueprint)?.token.cookie ?? '';

/** The control, and what most of these claims look at: a good token of a page of ours becomes a cookie. */
const issue = async (kit: Kit, token: string): Promise<Sent & { readonly refused?: Outcome }> => {
  const sent = await send(kit, 'POST', 'a good token', [...ownPage(kit), ...bearer(token)]);
  if (sent.answer.status === 204 && sent.answer.setCookies.length > 0) return sent;
  const status = brokeDown(sent.answer) ? 'crashed' : 'failed';
  return { ...sent, refused: { status, why: `a good token must become a cookie, and it got ${sent.answer.status}`, hint: 'authctl drift names what moved', evidence: [sent.evidence] } };
};

/** `name=value; Path=/; Secure` in parts, names of attributes in lower case. */
const cookieParts = (line: string): { readonly name: string; readonly value: string; readonly attributes: ReadonlyMap<string, string> } => {
  const [first = '', ...rest] = line.split(';').map((part) => part.trim());
  const split = (text: string): readonly [string, string] => {
    const at = text.indexOf('=');
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  };
  const [name, value] = split(first);
  return { name, value, attributes: new Map(rest.map(split).map(([key, text]) => [key.toLowerCase(), text] as const)) };
};

/** Every one of these must be refused with its status and set no cookie. */
const refused = async (
  kit: Kit,
  method: 'POST' | 'DELETE',
  attacks: readonly { readonly label: string; readonly headers: Headers; readonly status: number }[],
): Promise<Outcome> => {
  const evidence: Evidence[] = [];
  for (const { label, headers, status } of attacks) {
    const { answer, evidence: seen } = await send(kit, method, label, headers);
    evidence.push(seen);
    if (brokeDown(answer)) return { status: 'crashed', why: `${label}: got ${answer.status}`, evidence: [seen] };
    if (answer.setCookies.length > 0) return { status: 'failed', why: `${label}: a cookie was set`, evidence: [seen] };
    if (answer.status !== status) return { status: 'failed', why: `${label}: expected ${status}, got ${answer.status}`, evidence: [seen] };
  }
  return { status: 'passed', evidence };
};

const foreign = (token?: string): readonly { readonly label: string; readonly headers: Headers; readonly status: number }[] => {
  const credentials = token === undefined ? [] : bearer(token);
  return [
    { label: 'a foreign Origin', headers: [...credentials, ['Origin', 'https://evil.example']], status: 403 },
    { label: 'Origin null', headers: [...credentials, ['Origin', 'null']], status: 403 },
    { label: 'Sec-Fetch-Site cross-site', headers: [...credentials, ['Sec-Fetch-Site', 'cross-site']], status: 403 },
    { label: 'a foreign Referer', headers: [...credentials, ['Referer', 'https://evil.example/page']], status: 403 },
    { label: 'nothing that says where it comes from', headers: credentials, status: 403 },
  ];
};

/** The cookie of a sign-in: how it is set, of what, for whom, and what is left when it is taken away. */
export const cooIssue: readonly Check[] = [
  defineCheck({
    id: 'COO-01',
    claim: 'the cookie of a sign-in is Secure, HttpOnly, SameSite, for this host and every path, and lives as long as its token',
    severity: 'high',
    source: 'RFC 6265bis section 4.1.2; ASVS 5.0 3.3.1 to 3.3.4',
    subjects: whereSet,
    run: async (_subject, kit) => {
      const token = await goodToken(kit);
      const { answer, evidence, refused: no } = await issue(kit, token);
      if (no) return no;
      const { attributes } = cookieParts(answer.setCookies[0] ?? '');
      const left = Number(partsOf(token).payload.exp) - kit.clock.now() / 1000;
      const wrong = [
        ...(answer.setCookies.length === 1 ? [] : ['more than one cookie is set']),
        ...(attributes.has('secure') ? [] : ['Secure is missing']),
        ...(attributes.has('httponly') ? [] : ['HttpOnly is missing: scripts can read it']),
        ...(attributes.get('samesite') === cookieSection(kit.blueprint)?.token.sameSite ? [] : [`SameSite is ${attributes.get('samesite') ?? 'missing'}`]),
        ...(attributes.get('path') === '/' ? [] : ['Path is not /']),
        ...(attributes.has('domain') ? ['Domain widens it to other hosts'] : []),
        ...(Math.abs(Number(attributes.get('max-age') ?? Number.NaN) - left) <= 3 ? [] : [`Max-Age is ${attributes.get('max-age') ?? 'missing'}, the token ends in ${Math.round(left)} s`]),
      ];
      return wrong.length === 0 ? { status: 'passed', evidence: [evidence] } : { status: 'failed', why: wrong.join('; '), evidence: [evidence] };
    },
  }),
  defineCheck({
    id: 'COO-02',
    claim: 'the name of the cookie makes browsers refuse one that another host or plain http planted',
    severity: 'low',
    source: 'RFC 6265bis section 4.1.3; ASVS 5.0 3.3.1',
    subjects: whereSet,
    run: async (_subject, kit) => {
      const { answer, evidence, refused: no } = await issue(kit, await goodToken(kit));
      if (no) return no;
      const { name } = cookieParts(answer.setCookies[0] ?? '');
      if (name !== cookieOf(kit)) return { status: 'failed', why: `it is called ${name}, the blueprint says ${cookieOf(kit)}`, evidence: [evidence] };
      return /^__(Host|Secure)-/.test(name) ? { status: 'passed', evidence: [evidence] } : { status: 'failed', why: `${name} has no prefix`, evidence: [evidence] };
    },
  }),
  defineCheck({
    id: 'COO-08',
    claim: 'what a page gets when it has signed in holds no token that a script could read',
    severity: 'high',
    source: 'ASVS 5.0 10.1.1, 14.3.3; RFC 9700 section 4.3',
    subjects: whereSet,
    run: async (_subject, kit) => {
      const token = await goodToken(kit);
      const { answer, evidence, refused: no } = await issue(kit, token);
      if (no) return no;
      const { 'set-cookie': _cookie, ...readable } = answer.headers;
      const signature = token.slice(token.lastIndexOf('.') + 1);
      const leaks = [answer.body, ...Object.values(readable), ...answer.setCookies.filter((line) => !cookieParts(line).attributes.has('httponly'))];
      if (leaks.some((text) => text.includes(signature))) return { status: 'failed', why: 'the answer shows the token to scripts', evidence: [evidence] };
      return answer.headers['cache-control']?.includes('no-store') === true
        ? { status: 'passed', evidence: [evidence] }
        : { status: 'failed', why: 'the answer with the cookie may be kept by a cache', evidence: [evidence] };
    },
  }),
  defineCheck({
    id: 'COO-10',
    claim: 'a cookie is made only of a verified token in the header, for a page of a declared origin',
    severity: 'critical',
    source: 'OWASP CSRF prevention, login CSRF; RFC 9700 section 4.7; RFC 8725 section 3.2',
    subjects: whereSet,
    run: async (_subject, kit) => {
      const token = await goodToken(kit);
      const control = await issue(kit, token);
      if (control.refused) return control.refused;
      const [header, payload, signature] = partsOf(token).segments;
      const broken = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      const own = ownPage(kit);
      const service = servicesToBe(kit.blueprint)[0];
      return refused(kit, 'POST', [
        { label: 'no token', headers: own, status: 401 },
        { label: 'a rubbish token', headers: [...own, ...bearer('rubbish')], status: 401 },
        { label: 'a broken signature', headers: [...own, ...bearer(broken)], status: 401 },
        { label: 'a good token in the cookie alone', headers: [...own, ['Cookie', `${cookieOf(kit)}=${token}`]], status: 401 },
        ...(service === undefined
          ? []
          : [{ label: "another client's token", headers: [...own, ...bearer((await kit.tokens.client(service)).access.reveal())], status: 401 }]),
        ...foreign(token),
      ]);
    },
  }),
  defineCheck({
    id: 'COO-11',
    claim: 'signing out takes the cookie away without a token, and no other site can do it',
    severity: 'medium',
    source: 'ASVS 5.0 7.4.1; OWASP CSRF prevention',
    subjects: whereSet,
    run: async (_subject, kit) => {
      const { answer, evidence } = await send(kit, 'DELETE', 'nothing but its origin', ownPage(kit));
      const { name, value, attributes } = cookieParts(answer.setCookies[0] ?? '');
      if (brokeDown(answer)) return { status: 'crashed', why: `got ${answer.status}`, evidence: [evidence] };
      const gone = name === cookieOf(kit) && value === '' && attributes.get('max-age') === '0' && attributes.get('path') === '/' && attributes.has('secure');
      if (answer.status !== 204 || !gone) return { status: 'failed', why: `got ${answer.status}, and the cookie is not taken away`, evidence: [evidence] };
      const others = await refused(kit, 'DELETE', foreign());
      return { ...others, evidence: [evidence, ...others.evidence] };
    },
  }),
  defineCheck({
    id: 'COO-12',
    claim: 'after signing out at the issuer and at the gateway, a copy of the cookie ends with its token',
    severity: 'medium',
    source: 'RFC 9068 section 6; ASVS 5.0 7.4.1; OpenID Connect RP-Initiated Logout',
    needs: ['disruptive'],
    subjects: whereSet,
    run: async (_subject, kit) => {
      const section = cookieSection(kit.blueprint);
      const route = behindKong(oneReadPerService)(kit.blueprint).find(
        (one) => one.service.authentication === section && Object.hasOwn(kit.blueprint.personas, kit.whoPasses(one) ?? ''),
      );
      if (!route || !section) return { status: 'skipped', why: 'no person in `expect` may read behind this cookie', evidence: [] };
      const { token, idToken, configuration } = await freshToken(kit, route);
      const issued = await issue(kit, token.reveal());
      if (issued.refused) return issued.refused;
      const { name, value } = cookieParts(issued.answer.setCookies[0] ?? '');
      const copy: Headers = [['Cookie', `${name}=${value}`]];
      const before = await kit.call(route, { label: 'the cookie', headers: copy });
      const evidence = [issued.evidence, before.evidence];
      if (!gotThrough(before)) return { status: 'failed', why: `the cookie that was set got ${statusText(before)}`, evidence };
      const cleared = await send(kit, 'DELETE', 'nothing but its origin', ownPage(kit));
      const endpoint = configuration.serverMetadata().end_session_endpoint ?? '';
      const ended = await post(kit.send, endpoint, { id_token_hint: idToken?.reveal() ?? '', client_id: section.client });
      const begun = kit.clock.now();
      const after = await kit.call(route, { label: 'a copy of the cookie, signed out', headers: copy });
      const all = [...evidence, cleared.evidence, { request: 'POST the end of the session to the issuer', status: ended.status }, after.evidence];
      if (ended.status >= 400) return { status: 'inconclusive', why: `the issuer answered ${ended.status} to the end of the session`, evidence: all };
      if (after.status === 401) return { status: 'passed', evidence: all };
      if (!gotThrough(after)) return { status: brokeDown(after) ? 'crashed' : 'failed', why: `got ${after.status}`, evidence: all };
      const left = Math.round(Number(partsOf(token.reveal()).payload.exp) - kit.clock.now() / 1000);
      const most = kit.blueprint.realm.tokens.accessTokenLifespan;
      if (left > most) return { status: 'failed', why: `the copy works for ${left} s more, tokens live ${most} s`, evidence: all };
      const limit = `a copy made before signing out still passed ${Math.round(kit.clock.now() - begun)} ms after it, and passes for ${left} s more, until the token ends`;
      return { status: 'passed', limit, evidence: all };
    },
  }),
  defineCheck({
    id: 'COO-13',
    claim: 'a token that browsers would not take as a cookie is refused as a whole, and said to be too large',
    severity: 'low',
    source: 'RFC 6265bis section 5.7; RFC 6585 section 5',
    needs: ['issuer-key'],
    subjects: whereSet,
    run: async (_subject, kit) => {
      if (!kit.harness) return { status: 'skipped', why: 'issuer-key', evidence: [] };
      const good = await goodToken(kit);
      const small = await issue(kit, kit.harness.forge(good, {}));
      if (small.refused) return { ...small.refused, status: 'inconclusive' };
      const large = kit.harness.forge(good, { payload: { padding: 'x'.repeat(3000) } });
      return refused(kit, 'POST', [{ label: `a token of ${large.length} characters`, headers: [...ownPage(kit), ...bearer(large)], status: 431 }]);
    },
  }),
];

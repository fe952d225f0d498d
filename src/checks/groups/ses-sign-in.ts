import type { Evidence } from '../../core/report.ts';
import type { Check, Outcome } from '../contract.ts';
import { failed, mustBeAlive, mustBeDead, sessionCheck, skipped } from '../kit/session-scene.ts';
import type { Scene } from '../kit/session-scene.ts';
import { beginSignIn, followCallback, signInAt, signOut } from '../kit/sessions.ts';
import type { Landing } from '../kit/sessions.ts';
import { brokeDown, gotThrough } from '../kit/through.ts';

/** A signed token anywhere in a text. */
export const TOKEN = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/;

const shown = (request: string, { status }: { readonly status: number }): Evidence => ({ request, status });

/** A sign-in that must come to nothing: no session, and no crash either. */
const comesToNothing = (attempts: readonly (readonly [label: string, landing: Landing])[]): Outcome => {
  const evidence = attempts.map(([label, landing]) => shown(`the callback with ${label}`, landing));
  const open = attempts.find(([, { cookie }]) => cookie);
  if (open) return failed(`${open[0]} gave a session`, evidence);
  const crashed = attempts.find(([, { status }]) => status >= 500);
  return crashed ? { status: 'crashed', why: `${crashed[0]} got ${crashed[1].status}`, evidence } : { status: 'passed', evidence };
};

/** A callback with one parameter replaced, or taken away. */
const changed = (callback: URL, name: string, value: string | null): URL => {
  const url = new URL(callback);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url;
};

const begin = (scene: Scene) => beginSignIn(scene.site, scene.person);

const flip = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

/** From the sign-in to the cookie: what a browser is given, and what it takes to get it. */
export const sesSignIn: readonly Check[] = [
  sessionCheck({
    id: 'SES-14',
    claim: 'the session cookie is Secure, HttpOnly and SameSite, for this host and its root alone',
    severity: 'high',
    source: 'ASVS 5.0 3.3.1 to 3.3.4; RFC 6265bis section 4.1.3',
    needs: ['persona'],
    run: async (scene) => {
      const { setCookie } = await scene.signIn();
      const [, ...attributes] = setCookie.split(';').map((part) => part.trim());
      const lower = attributes.map((attribute) => attribute.toLowerCase());
      const evidence = [{ request: 'sign in', answer: `${scene.site.session.cookie}=…; ${attributes.join('; ')}` }];
      const missing = ['secure', 'httponly', 'path=/'].filter((wanted) => !lower.includes(wanted));
      if (!lower.includes('samesite=lax') && !lower.includes('samesite=strict')) missing.push('samesite=lax');
      if (missing.length > 0) return failed(`it lacks ${missing.join(', ')}`, evidence);
      return lower.some((attribute) => attribute.startsWith('domain=')) ? failed('it is sent to other hosts, too', evidence) : { status: 'passed', evidence };
    },
  }),
  sessionCheck({
    id: 'SES-15',
    claim: 'the browser gets no token: not in a cookie, a header or a page, from the sign-in to the answer of a service',
    severity: 'critical',
    source: 'draft-ietf-oauth-browser-based-apps section 6.1; ASVS 5.0 10.1.1',
    needs: ['persona'],
    run: async (scene) => {
      const signedIn = await scene.signIn();
      const answer = await scene.show(signedIn.cookie.reveal(), 'a good session');
      const cookies = (await signedIn.browser.jar.getCookies(scene.site.origin)).map(({ value }) => decodeURIComponent(value));
      const texts = [...signedIn.told, ...cookies, answer.body, ...Object.values(answer.headers), ...answer.setCookies];
      if (!gotThrough(answer)) return { status: 'inconclusive', why: `a good session must pass first, and it got ${answer.status}`, evidence: [answer.evidence] };
      const evidence = [{ request: `${texts.length} cookies, headers and pages of a sign-in and a request` }];
      return texts.some((text) => TOKEN.test(text)) ? failed('one of them holds a token', evidence) : { status: 'passed', evidence };
    },
  }),
  sessionCheck({
    id: 'SES-01',
    claim: 'a sign-in gives a new session id: one that was chosen beforehand is not taken over, and one that ended does not come back',
    severity: 'critical',
    source: 'ASVS 5.0 7.2.4 (session fixation)',
    needs: ['persona', 'disruptive'],
    run: async (scene) => {
      const { site, person } = scene;
      const first = await scene.signIn();
      const old = first.cookie.reveal();
      await signOut(site, first);
      // The attacker's choice: an id of their own, and one that was good before.
      const attempts = [];
      for (const chosen of ['attackerchosen0000000000000000000', old]) {
        const browser = site.newBrowser();
        await browser.jar.setCookie(`${site.session.cookie}=${chosen}; Path=/; Secure; HttpOnly; SameSite=Lax`, site.origin);
        const signedIn = await signInAt(site, person, { browser });
        attempts.push({ chosen, given: signedIn.cookie.reveal() });
        const control = await mustBeAlive(scene, signedIn);
        if (control) return control;
      }
      const evidence: Evidence[] = [{ request: `${attempts.length} sign-ins with a chosen session cookie` }];
      if (attempts.some(({ chosen, given }) => given === chosen || given.startsWith(chosen))) return failed('the chosen id was taken over', evidence);
      for (const { chosen } of attempts) {
        const dead = await mustBeDead(scene, chosen, 'the session id that was there before the sign-in');
        evidence.push(...dead.evidence);
        if (dead.status !== 'passed') return { ...dead, evidence };
      }
      return { status: 'passed', evidence };
    },
  }),
  sessionCheck({
    id: 'SES-10',
    claim: 'a callback whose state is wrong, missing, or of another browser gives no session',
    severity: 'critical',
    source: 'RFC 9700 section 4.7; ASVS 5.0 10.1.2; OIDF oidcc-client-test-nonce-invalid',
    needs: ['persona'],
    run: async (scene) => {
      const { site } = scene;
      const attempts: (readonly [string, Landing])[] = [];
      const one = await begin(scene);
      attempts.push(['another state', await followCallback(site, one.browser, changed(one.callback, 'state', 'another'))]);
      const two = await begin(scene);
      attempts.push(['no state', await followCallback(site, two.browser, changed(two.callback, 'state', null))]);
      const three = await begin(scene);
      attempts.push(["somebody else's code and state", await followCallback(site, site.newBrowser(), three.callback)]);
      const [four, five] = [await begin(scene), await begin(scene)];
      attempts.push(["somebody else's code and state, while signing in", await followCallback(site, five.browser, four.callback)]);
      return comesToNothing(attempts);
    },
  }),
  sessionCheck({
    id: 'SES-11',
    claim: 'a code is good once, and only in the browser that asked for it',
    severity: 'critical',
    source: 'RFC 9700 section 4.5; RFC 7636 section 4.6; ASVS 5.0 10.4.2; OIDF oidcc-codereuse',
    needs: ['persona'],
    run: async (scene) => {
      const { site } = scene;
      const used = await begin(scene);
      const copy = await used.browser.clone();
      const first = await followCallback(site, used.browser, used.callback);
      if (!first.cookie) return { status: 'inconclusive', why: `the first use must work, and it got ${first.status}`, evidence: [shown('the callback', first)] };
      const replayed = await followCallback(site, copy, used.callback);
      const [victim, attacker] = [await begin(scene), await begin(scene)];
      const injected = changed(attacker.callback, 'code', victim.callback.searchParams.get('code') ?? '');
      return comesToNothing([
        ['a code for the second time', replayed],
        ["another browser's code under its own state", await followCallback(site, attacker.browser, injected)],
      ]);
    },
  }),
  sessionCheck({
    id: 'SES-13',
    claim: 'an authorization response that names another issuer is refused (mix-up)',
    severity: 'medium',
    source: 'RFC 9207 section 2.4; RFC 9700 section 4.4; ASVS 5.0 10.2.2',
    needs: ['persona'],
    run: async (scene) => {
      if (scene.site.session.server !== 'authctl') return skipped(`${scene.site.session.server} does not look at iss (RFC 9207)`);
      const begun = await begin(scene);
      if (!begun.callback.searchParams.has('iss')) return skipped('Keycloak names no issuer in its answers');
      return comesToNothing([['another iss', await followCallback(scene.site, begun.browser, changed(begun.callback, 'iss', 'https://evil.example/realms/x'))]]);
    },
  }),
  sessionCheck({
    id: 'SES-17',
    claim: 'a cookie that was changed, made up, or belongs to another cookie name is no session',
    severity: 'critical',
    source: 'ASVS 5.0 7.2.2, 7.2.3',
    needs: ['persona'],
    run: async (scene) => {
      const { kit, site, subject } = scene;
      const signedIn = await scene.signIn();
      const control = await mustBeAlive(scene, signedIn);
      if (control) return control;
      const good = signedIn.cookie.reveal();
      const [id = '', signature] = good.split('.');
      const session = signedIn.callback.searchParams.get('session_state') ?? '';
      const values: Readonly<Record<string, string>> = {
        'its first character changed': flip(good, 0),
        'its middle changed': flip(good, Math.floor(good.length / 2)),
        'its end changed': flip(good, good.length - 2),
        'its end cut off': good.slice(0, -4),
        'something after it': `${good}A`,
        'an id of its form, made up': `${'0123456789abcdef'.repeat(2)}${signature === undefined ? '' : `.${signature}`}`,
        // Where logouts are marked in the same store, such a cookie could take the mark away.
        'the name of a logout mark': encodeURIComponent(`${site.issuer}|${session}`),
        ...(signature !== undefined && { 'its id alone': id, 'its id with an empty signature': `${id}.` }),
      };
      const evidence: Evidence[] = [];
      const judge = (label: string, answer: { readonly status: number; readonly evidence: Evidence }): Outcome | undefined => {
        evidence.push(answer.evidence);
        if (answer.status === 401 || answer.status === 400) return undefined;
        return { status: brokeDown(answer) ? 'crashed' : 'failed', why: `${label}: expected 401, got ${answer.status}`, evidence };
      };
      for (const [label, value] of Object.entries(values)) {
        const bad = judge(label, await kit.call(subject, { label: `a session cookie with ${label}`, token: value }));
        if (bad) return bad;
      }
      for (const name of [site.session.cookie.toLowerCase(), site.session.cookie.replace(/^__\w+-/, ''), 'session', `x${site.session.cookie}`]) {
        if (name === site.session.cookie) continue;
        const bad = judge(name, await kit.call(subject, { label: `the session under the name ${name}`, headers: [['Cookie', `${name}=${good}`]] }));
        if (bad) return bad;
      }
      const still = await scene.show(good, 'the session that was tampered with');
      return gotThrough(still) ? { status: 'passed', evidence } : failed(`the good session ended meanwhile (${still.status})`, [still.evidence]);
    },
  }),
  sessionCheck({
    id: 'SES-20',
    claim: 'a sign-in returns to this site only, wherever it is asked to',
    severity: 'high',
    source: 'RFC 9700 section 4.11.1; ASVS 5.0 3.7.2; CWE-601',
    needs: ['persona'],
    run: async (scene) => {
      const { site, person } = scene;
      const first = site.newBrowser();
      const evidence: Evidence[] = [];
      const wanted = ['https://evil.example/', '//evil.example/', '/\\evil.example/', '/.//evil.example/', '/%09/evil.example', `${site.origin}.evil.example/`, `${site.origin}@evil.example/`];
      for (const returnTo of wanted) {
        // Keycloak knows the browser from the second time on; the gateway's session is left behind each time.
        const browser = await first.clone();
        const { callback } = await beginSignIn(site, person, { browser, returnTo });
        const landing = await followCallback(site, browser, callback);
        evidence.push({ request: `sign in, and return to ${returnTo}`, status: landing.status, answer: landing.location });
        if (landing.status >= 500) return { status: 'crashed', why: `got ${landing.status}`, evidence };
        if (landing.location !== '' && (!URL.canParse(landing.location, site.origin) || new URL(landing.location, site.origin).origin !== site.origin))
          return failed(`${returnTo} leads away from the site`, evidence);
      }
      return { status: 'passed', evidence };
    },
  }),
  sessionCheck({
    id: 'SES-21',
    claim: 'another site cannot sign a person out',
    severity: 'medium',
    source: 'ASVS 5.0 3.5.1; CWE-352',
    needs: ['persona'],
    run: async (scene) => {
      const { site } = scene;
      if (site.doors.logout.method === 'GET') return skipped(`${site.session.server} signs out by GET, which any link can send`);
      const signedIn = await scene.signIn();
      const control = await mustBeAlive(scene, signedIn);
      if (control) return control;
      const cookie = { cookie: `${site.session.cookie}=${signedIn.cookie.reveal()}` };
      const evidence: Evidence[] = [];
      const attempts: readonly (readonly [string, { readonly method: string; readonly headers?: Readonly<Record<string, string>> }])[] = [
        ['a link', { method: 'GET' }],
        ['a form of another site', { method: 'POST', headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } }],
        ['a form of another port', { method: 'POST', headers: { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' } }],
        ['a form without an origin', { method: 'POST' }],
        ['a form of a page without one', { method: 'POST', headers: { origin: 'null' } }],
      ];
      for (const [label, init] of attempts) {
        const headers = { ...init.headers, ...cookie };
        const answer = await site.newBrowser().visit(`${site.origin}${site.doors.logout.path}`, { ...init, headers });
        evidence.push(shown(`the logout by ${label}`, answer));
        const alive = await scene.show(signedIn.cookie.reveal(), `a session after ${label}`);
        if (!gotThrough(alive)) return failed(`${label} ended the session`, evidence);
      }
      return { status: 'passed', evidence };
    },
  }),
  sessionCheck({
    id: 'SES-22',
    claim: "a token in the Authorization header counts for nothing: it opens nothing alone, and beside a session it is the session's owner who acts",
    severity: 'critical',
    source: 'ASVS 5.0 10.1.1; RFC 6750 section 2',
    needs: ['persona', 'upstream'],
    run: async (scene) => {
      const { kit, subject, person } = scene;
      const names = Object.keys(kit.blueprint.personas);
      const other = names.find((name) => name !== person.username) ?? person.username;
      const token = (await kit.tokens.persona(other, undefined, subject.service.authentication)).access.reveal();
      const bearer = [['Authorization', `Bearer ${token}`]] as const;
      const alone = await kit.call(subject, { label: 'a good token and no session', headers: bearer });
      if (alone.status !== 401) return failed(`a token alone got ${alone.status}`, [alone.evidence]);
      const good = (await kit.tokenOf(person.username, subject.service)).reveal();
      const without = await kit.call(subject, { label: 'a good session', token: good });
      const beside = await kit.call(subject, { label: "a good session and somebody else's token", token: good, headers: bearer });
      const evidence = [alone, without, beside].map((answer) => answer.evidence);
      const [got, expected] = [beside, without].map(({ upstream }) => upstream?.[0]?.headers.authorization);
      if (!gotThrough(without) || expected === undefined) return { status: 'inconclusive', why: `a good session must reach the upstream, and it got ${without.status}`, evidence };
      // Refusing the request outright would do as well.
      return got === undefined || got === expected ? { status: 'passed', evidence } : failed('the upstream received another token than for the session alone', evidence);
    },
  }),
  sessionCheck({
    id: 'SES-23',
    claim: 'what the session service tells the gateway is within nobody else\'s reach',
    severity: 'critical',
    source: 'draft-ietf-oauth-browser-based-apps section 6.1; ASVS 5.0 4.1.3',
    needs: ['persona'],
    run: async (scene) => {
      const { site, person, kit, subject } = scene;
      const cookie = (await kit.tokenOf(person.username, subject.service)).reveal();
      const { token } = site.doors;
      const last = token.slice(token.lastIndexOf('/') + 1);
      const paths = [
        token, `${token}/`, token.replace(/\/([^/]+)$/, '//$1'), token.toUpperCase(), `${site.doors.signIn.path}/../${last}`,
        token.replace(last, `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`), `${site.doors.callback.path}/..;/${last}`,
      ];
      const evidence: Evidence[] = [];
      for (const path of paths) {
        const answer = await kit.send({ url: `${site.origin}${path}`, method: 'GET', headers: [['Cookie', `${site.session.cookie}=${cookie}`]] });
        evidence.push({ request: `GET ${path}`, status: answer.status });
        if (TOKEN.test(`${Object.values(answer.headers).join(' ')} ${answer.body}`)) return failed(`${path} gives the token to the browser`, evidence);
      }
      return { status: 'passed', evidence };
    },
  }),
  sessionCheck({
    id: 'SES-24',
    claim: "a service receives the user's token, and the session cookie never",
    severity: 'high',
    source: 'ASVS 5.0 14.2.1; the blueprint: authentication.session.cookie',
    needs: ['persona', 'upstream'],
    run: async (scene) => {
      const { kit, site, services, person } = scene;
      const evidence: Evidence[] = [];
      for (const service of services) {
        const cookie = (await kit.tokenOf(person.username, service.service)).reveal();
        const answer = await scene.show(cookie, 'a good session', service);
        evidence.push(answer.evidence);
        const headers = answer.upstream?.[0]?.headers;
        if (!headers) return failed('a good session did not reach the upstream', evidence);
        if (!headers.authorization?.startsWith('Bearer ')) return failed('the upstream received no token', evidence);
        if (headers.cookie?.includes(site.session.cookie)) return failed('the upstream received the session cookie', evidence);
        const open = service.service.routes.find((route) => route.public && route.method === 'GET');
        if (!open) continue;
        const public_ = await scene.show(cookie, 'a good session on a public route', { ...service, route: open });
        evidence.push(public_.evidence);
        if (public_.upstream?.[0]?.headers.cookie?.includes(site.session.cookie)) return failed('the upstream of a public route received the session cookie', evidence);
      }
      return { status: 'passed', evidence };
    },
  }),
];
